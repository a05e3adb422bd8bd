import { infiniteQueryOptions } from '@tanstack/react-query'

import { api } from '../../../lib/api/api'
import { unwrap } from '../../../lib/api/client'
import type { Delivery, Page } from '../../../lib/api/types'

/** What was and is sent to a webhook, newest first; asked for again while something is on its way. */
export const deliveriesQuery = (id: string) =>
  infiniteQueryOptions({
    queryKey: ['admin', 'webhooks', 'deliveries', id],
    queryFn: ({ signal, pageParam }): Promise<Page<Delivery>> =>
      unwrap(
        api.GET('/api/v1/admin/webhooks/{id}/deliveries', {
          params: { path: { id }, query: pageParam === null ? {} : { cursor: pageParam } },
          signal,
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.nextCursor,
    refetchInterval: ({ state }) =>
      state.data?.pages.some((page) => page.items.some((delivery) => delivery.state === 'pending')) === true
        ? 3000
        : 30_000,
  })
