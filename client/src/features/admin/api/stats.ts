import { type QueryClient, queryOptions, skipToken } from '@tanstack/react-query'

import { api } from '../../../lib/api/api'
import { unwrap } from '../../../lib/api/client'
import type { Stats } from '../../../lib/api/types'

/** The system in numbers. The event stream brings newer ones every few seconds. */
export const statsQuery = queryOptions({
  queryKey: ['admin', 'stats'],
  queryFn: ({ signal }): Promise<Stats> => unwrap(api.GET('/api/v1/admin/stats', { signal })),
})

/** How many tasks waited at a moment; null while the engine could not be asked. */
export interface BacklogSample {
  readonly at: string
  readonly waiting: number | null
}

/** The last ten minutes of the backlog, as far as this page has seen them. */
export const backlogQuery = queryOptions({
  queryKey: ['admin-backlog'],
  queryFn: skipToken,
  initialData: [] as readonly BacklogSample[],
  gcTime: Infinity,
})

const samplesKept = 120

/** Keeps numbers unless newer ones are known. */
export function applyStats(client: QueryClient, stats: Stats): void {
  const known = client.getQueryData(statsQuery.queryKey)
  if (known !== undefined && Date.parse(known.at) >= Date.parse(stats.at)) {
    return
  }
  client.setQueryData(statsQuery.queryKey, stats)
  client.setQueryData(backlogQuery.queryKey, (samples: readonly BacklogSample[] = []) => [
    ...samples.slice(1 - samplesKept),
    { at: stats.at, waiting: waitingIn(stats) },
  ])
}

/** All tasks that wait; null where nobody knows. */
export function waitingIn({ queues }: Stats): number | null {
  return queues === null ? null : queues.reduce((sum, { backlog }) => sum + backlog, 0)
}
