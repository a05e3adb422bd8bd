import { useMutation, useQueryClient } from '@tanstack/react-query'

import { api } from '../../../lib/api/api'
import { ApiError, unwrap } from '../../../lib/api/client'
import { listSessions, sessionsQuery } from './sessions'

/** Ends one session. One that has ended meanwhile is as good as ended. */
async function end(id: string): Promise<void> {
  try {
    await unwrap(api.DELETE('/api/v1/me/sessions/{id}', { params: { path: { id } } }))
  } catch (error) {
    if (!(error instanceof ApiError && error.code === 'not_found')) {
      throw error
    }
  }
}

/** Ends all but this one: those that are there now, whatever the page has loaded. Gives their number. */
async function endOthers(): Promise<number> {
  const others: string[] = []
  let cursor: string | null = null
  do {
    const page = await listSessions(cursor)
    others.push(...page.items.filter(({ current }) => !current).map(({ id }) => id))
    cursor = page.nextCursor
  } while (cursor !== null)
  for (const id of others) {
    await end(id)
  }
  return others.length
}

/** Signs out on one other device. */
export function useEndSession() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: end,
    onSettled: () => client.invalidateQueries({ queryKey: sessionsQuery.queryKey }),
  })
}

/** Signs out on all other devices. */
export function useEndOtherSessions() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: endOthers,
    onSettled: () => client.invalidateQueries({ queryKey: sessionsQuery.queryKey }),
  })
}
