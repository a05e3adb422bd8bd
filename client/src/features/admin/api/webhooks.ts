import { infiniteQueryOptions } from '@tanstack/react-query'

import { api } from '../../../lib/api/api'
import { unwrap } from '../../../lib/api/client'
import type { Page, Webhook } from '../../../lib/api/types'

/** All webhooks, newest first. */
export const webhooksQuery = infiniteQueryOptions({
  queryKey: ['admin', 'webhooks', 'all'],
  queryFn: ({ signal, pageParam }): Promise<Page<Webhook>> =>
    unwrap(
      api.GET('/api/v1/admin/webhooks', { params: { query: pageParam === null ? {} : { cursor: pageParam } }, signal }),
    ),
  initialPageParam: null as string | null,
  getNextPageParam: (page) => page.nextCursor,
})
