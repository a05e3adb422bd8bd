import type { ListParams } from '../listParams'

/** What this feature's things are called in the cache. */
export const fileKeys = {
  all: ['files'],
  lists: ['files', 'list'],
  list: (params: ListParams) => ['files', 'list', params] as const,
  one: (id: string) => ['files', 'one', id] as const,
  versions: (id: string) => ['files', 'versions', id] as const,
  allSimilar: ['files', 'similar'],
  similar: (id: string) => ['files', 'similar', id] as const,
  shares: (id: string) => ['files', 'shares', id] as const,
} as const
