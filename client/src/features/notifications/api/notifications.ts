import { infiniteQueryOptions } from '@tanstack/react-query'

import { api } from '../../../lib/api/api'
import { unwrap } from '../../../lib/api/client'
import type { Notification, Page } from '../../../lib/api/types'

/** My notifications, newest first; with unread only those that were not read. */
export function notificationsQuery(unread: boolean) {
  return infiniteQueryOptions({
    queryKey: ['notifications', 'list', { unread }] as const,
    queryFn: ({ pageParam, signal }): Promise<Page<Notification>> =>
      unwrap(
        api.GET('/api/v1/notifications', {
          params: {
            query: { limit: 50, ...(unread ? { unread } : {}), ...(pageParam === null ? {} : { cursor: pageParam }) },
          },
          signal,
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: ({ nextCursor }) => nextCursor,
  })
}
