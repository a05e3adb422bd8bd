import { infiniteQueryOptions, keepPreviousData } from '@tanstack/react-query'

import { api } from '../../../lib/api/api'
import { ApiError, unwrap } from '../../../lib/api/client'
import type { Integrity } from '../../../lib/api/types'

export const findingKinds = [
  'missing_object',
  'damaged_object',
  'orphan_object',
  'stray_object',
  'tmp_leftover',
  'quarantine_missing',
  'quarantine_orphan',
] as const
export const findingStates = ['open', 'repaired', 'gone'] as const

export interface IntegrityFilters {
  readonly kind?: (typeof findingKinds)[number]
  readonly state?: (typeof findingStates)[number]
}

/** The newest report with its findings, a page at a time; null before the first check. */
export const integrityQuery = (filters: IntegrityFilters) =>
  infiniteQueryOptions({
    queryKey: ['admin', 'integrity', filters],
    queryFn: async ({ signal, pageParam }): Promise<Integrity | null> => {
      const query = { ...filters, ...(pageParam === null ? {} : { cursor: pageParam }) }
      try {
        return await unwrap(api.GET('/api/v1/admin/integrity', { params: { query }, signal }))
      } catch (error) {
        if (error instanceof ApiError && error.status === 404) {
          return null
        }
        throw error
      }
    },
    initialPageParam: null as string | null,
    getNextPageParam: (report) => report?.findings.nextCursor ?? null,
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) => (state.data?.pages[0]?.state === 'running' ? 2000 : false),
  })
