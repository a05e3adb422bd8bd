import { infiniteQueryOptions, keepPreviousData } from '@tanstack/react-query'

import { api } from '../../../lib/api/api'
import { unwrap } from '../../../lib/api/client'
import type { Page, Quarantined } from '../../../lib/api/types'

export const quarantineStates = ['held', 'released', 'deleted', 'expired', 'lost'] as const

export interface QuarantineFilters {
  readonly state?: (typeof quarantineStates)[number]
}

/** What is or was locked up, newest first. */
export const quarantineQuery = (filters: QuarantineFilters) =>
  infiniteQueryOptions({
    queryKey: ['admin', 'quarantine', filters],
    queryFn: ({ signal, pageParam }): Promise<Page<Quarantined>> =>
      unwrap(
        api.GET('/api/v1/admin/quarantine', {
          params: { query: { ...filters, ...(pageParam === null ? {} : { cursor: pageParam }) } },
          signal,
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.nextCursor,
    placeholderData: keepPreviousData,
  })
