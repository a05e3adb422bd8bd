import { infiniteQueryOptions, keepPreviousData } from '@tanstack/react-query'

import { api } from '../../../lib/api/api'
import { unwrap } from '../../../lib/api/client'
import type { Page, AdminUpload } from '../../../lib/api/types'

export const uploadStates = ['receiving', 'processing', 'stalled', 'done', 'rejected', 'canceled', 'failed'] as const
export const stepNames = ['scan', 'dedup', 'compress', 'move', 'version', 'notify'] as const
/** Why an upload can be stalled. */
export const stallCodes = [
  'scanner_unavailable',
  'storage_unavailable',
  'database_unavailable',
  'codec_crashed',
  'gone',
  'timeout',
  'other',
] as const
/** Why an upload can be rejected. */
export const rejectionCodes = [
  'infected',
  'unscannable',
  'corrupt',
  'unsupported',
  'too_many_pixels',
  'integrity',
] as const

export interface UploadsFilters {
  readonly state?: (typeof uploadStates)[number]
  readonly step?: (typeof stepNames)[number]
  readonly code?: (typeof stallCodes)[number] | (typeof rejectionCodes)[number]
  readonly ownerId?: string
}

/** Everybody’s uploads, newest first. Nobody tells of those of others: they are asked for again. */
export const uploadsQuery = (filters: UploadsFilters) =>
  infiniteQueryOptions({
    queryKey: ['admin', 'uploads', filters],
    queryFn: ({ signal, pageParam }): Promise<Page<AdminUpload>> =>
      unwrap(
        api.GET('/api/v1/admin/uploads', {
          params: { query: { ...filters, ...(pageParam === null ? {} : { cursor: pageParam }) } },
          signal,
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.nextCursor,
    placeholderData: keepPreviousData,
    // What was scrolled to is asked for too: the further, the seldomer.
    refetchInterval: ({ state }) => 5000 * Math.max(1, state.data?.pages.length ?? 1),
  })
