import { infiniteQueryOptions, keepPreviousData } from '@tanstack/react-query'

import { api } from '../../../lib/api/api'
import { unwrap } from '../../../lib/api/client'
import type { Page, AdminFile } from '../../../lib/api/types'

export const fileSorts = ['createdAt', 'name', 'size'] as const

export interface FilesFilters {
  readonly q?: string
  readonly ownerId?: string
  readonly trashed?: boolean
  readonly sort?: (typeof fileSorts)[number]
  readonly order?: 'asc' | 'desc'
}

/** Everybody’s files. */
export const filesQuery = (filters: FilesFilters) =>
  infiniteQueryOptions({
    queryKey: ['admin', 'files', filters],
    queryFn: ({ signal, pageParam }): Promise<Page<AdminFile>> =>
      unwrap(
        api.GET('/api/v1/admin/files', {
          params: { query: { ...filters, ...(pageParam === null ? {} : { cursor: pageParam }) } },
          signal,
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.nextCursor,
    placeholderData: keepPreviousData,
  })
