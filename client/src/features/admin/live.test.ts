import { describe, expect, it } from 'vitest'

import type { Stats } from '../../lib/api/types'
import { testClient } from '../../testing/render'
import { backlogQuery, statsQuery } from './api/stats'
import { applyAdminEvent } from './live'
import { someStats } from './testing'

const told = (stats: Stats) => ({ kind: 'stats', stats }) as const

describe('stats events', () => {
  it('keep the newest numbers, in whatever order they come', () => {
    const client = testClient()
    applyAdminEvent(client, told(someStats({ at: '2026-05-04T10:00:05Z', versions: 5 })))
    applyAdminEvent(client, told(someStats({ at: '2026-05-04T10:00:00Z', versions: 4 })))
    expect(client.getQueryData(statsQuery.queryKey)?.versions).toBe(5)
    applyAdminEvent(client, told(someStats({ at: '2026-05-04T10:00:10.5Z', versions: 6 })))
    expect(client.getQueryData(statsQuery.queryKey)?.versions).toBe(6)
  })

  it('remember the backlog of the last ten minutes, gaps included', () => {
    const client = testClient()
    for (let i = 0; i < 130; i++) {
      const at = new Date(Date.UTC(2026, 4, 4, 10, 0, 5 * i)).toISOString()
      const queue = {
        name: 'q',
        kind: 'activity',
        ageSeconds: 0,
        addedPerSecond: 0,
        takenPerSecond: 0,
        pollers: 1,
      } as const
      const queues =
        i === 129
          ? null
          : [
              { ...queue, backlog: i },
              { ...queue, backlog: 1 },
            ]
      applyAdminEvent(client, told(someStats({ at, queues })))
    }
    const samples = client.getQueryData(backlogQuery.queryKey) ?? []
    expect(samples).toHaveLength(120)
    expect(samples[0]?.waiting).toBe(11)
    expect(samples.at(-2)?.waiting).toBe(129)
    expect(samples.at(-1)?.waiting).toBeNull()
  })

  it('are counted again after news may have been missed, and what was seen of the backlog stays', () => {
    const client = testClient()
    applyAdminEvent(client, told(someStats()))
    applyAdminEvent(client, { kind: 'resync' })
    expect(client.getQueryState(statsQuery.queryKey)?.isInvalidated).toBe(true)
    expect(client.getQueryState(backlogQuery.queryKey)?.isInvalidated).toBe(false)
    expect(client.getQueryData(backlogQuery.queryKey)).toHaveLength(1)
  })
})
