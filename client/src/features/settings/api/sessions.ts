import { infiniteQueryOptions } from '@tanstack/react-query'

import { api } from '../../../lib/api/api'
import { unwrap } from '../../../lib/api/client'
import type { Page, Session } from '../../../lib/api/types'

/** Where I am signed in, newest first. */
export const sessionsQuery = infiniteQueryOptions({
  queryKey: ['settings', 'sessions'],
  queryFn: ({ pageParam, signal }): Promise<Page<Session>> => listSessions(pageParam, signal),
  initialPageParam: null as string | null,
  getNextPageParam: ({ nextCursor }) => nextCursor,
})

export function listSessions(cursor: string | null, signal?: AbortSignal): Promise<Page<Session>> {
  return unwrap(
    api.GET('/api/v1/me/sessions', {
      params: { query: { limit: 200, ...(cursor === null ? {} : { cursor }) } },
      ...(signal === undefined ? {} : { signal }),
    }),
  )
}
