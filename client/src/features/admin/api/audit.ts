import { infiniteQueryOptions, keepPreviousData } from '@tanstack/react-query'

import { api } from '../../../lib/api/api'
import { unwrap } from '../../../lib/api/client'
import type { Page, AuditLine } from '../../../lib/api/types'

export interface AuditFilters {
  readonly actorId?: string
  readonly action?: string
}

/** Who did what to whom, newest first. */
export const auditQuery = (filters: AuditFilters) =>
  infiniteQueryOptions({
    queryKey: ['admin', 'audit', filters],
    queryFn: ({ signal, pageParam }): Promise<Page<AuditLine>> =>
      unwrap(
        api.GET('/api/v1/admin/audit', {
          params: { query: { ...filters, ...(pageParam === null ? {} : { cursor: pageParam }) } },
          signal,
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.nextCursor,
    placeholderData: keepPreviousData,
  })
