import { queryOptions } from '@tanstack/react-query'

import { api } from '../../../lib/api/api'
import { unwrap } from '../../../lib/api/client'

/** Which notifications are unread, as far as anybody counts. */
export interface Unread {
  readonly ids: readonly string[]
  /** There are more than ids. */
  readonly more: boolean
}

/** Past this many it is only said that there are more. */
export const mostCounted = 99

export const unreadQuery = queryOptions({
  queryKey: ['notifications', 'unread'],
  queryFn: async ({ signal }): Promise<Unread> => {
    const page = await unwrap(
      api.GET('/api/v1/notifications', { params: { query: { unread: true, limit: mostCounted } }, signal }),
    )
    return { ids: page.items.map(({ id }) => id), more: page.nextCursor !== null }
  },
})
