import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { fakeFetch } from '../../testing/http'
import { installLocks, removeLocks } from '../../testing/locks'
import type { ServerEvent } from './parse'
import { joinStream } from './shared'
import type { StreamState } from './stream'

const note = (id: string) =>
  `id: ${id}\nevent: notification\ndata: ${JSON.stringify({ id, kind: 'upload.done', title: 't', createdAt: 'now' })}\n\n`

/** The server's end of every connection there is. */
let streams: WritableStreamDefaultWriter<Uint8Array>[]
let leavers: (() => void)[]

/** Channels that tell all others of their name, as tabs do. */
class FakeChannel {
  static all = new Set<FakeChannel>()
  onmessage: ((event: { data: unknown }) => void) | null = null
  constructor(readonly name: string) {
    FakeChannel.all.add(this)
  }
  postMessage(data: unknown) {
    for (const other of FakeChannel.all) {
      if (other !== this && other.name === this.name) {
        other.onmessage?.({ data: structuredClone(data) })
      }
    }
  }
  close() {
    FakeChannel.all.delete(this)
  }
}

function openTab(user = 'ada') {
  const events: ServerEvent[] = []
  const states: StreamState[] = []
  let leads = false
  const leave = joinStream(user, {
    onEvent: (event) => events.push(event),
    onState: (state) => states.push(state),
    onLead: (now) => {
      leads = now
    },
  })
  leavers.push(leave)
  const ids = () => events.flatMap((event) => (event.kind === 'notification' ? [event.notification.id] : []))
  return { events, states, ids, leads: () => leads, leave }
}

async function say(text: string) {
  await streams.at(-1)?.write(new TextEncoder().encode(text))
}

beforeEach(() => {
  streams = []
  leavers = []
  FakeChannel.all.clear()
  vi.stubGlobal('BroadcastChannel', FakeChannel)
  installLocks()
  fakeFetch(() => {
    const stream = new TransformStream<Uint8Array, Uint8Array>()
    streams.push(stream.writable.getWriter())
    return new Response(stream.readable, { status: 200 })
  })
})

afterEach(() => {
  for (const leave of leavers) {
    leave()
  }
  vi.unstubAllGlobals()
  removeLocks()
})

describe('the stream that tabs share', () => {
  it('is opened once, and all tabs hear it once', async () => {
    const one = openTab()
    const two = openTab()
    await vi.waitFor(() => {
      expect(one.states.at(-1)).toBe('open')
    })
    await say(note('7'))
    await vi.waitFor(() => {
      expect(two.ids()).toEqual(['7'])
    })
    expect(one.ids()).toEqual(['7'])
    expect(streams).toHaveLength(1)
    expect([one.leads(), two.leads()]).toEqual([true, false])
  })

  it('tells a tab that comes later how it stands', async () => {
    const one = openTab()
    await vi.waitFor(() => {
      expect(one.states.at(-1)).toBe('open')
    })
    const late = openTab()
    expect(late.states).toEqual(['open'])
  })

  it('goes on in the next tab when the one that reads it closes', async () => {
    const one = openTab()
    const two = openTab()
    await vi.waitFor(() => {
      expect(one.states.at(-1)).toBe('open')
    })
    one.leave()
    await streams[0]?.abort(new DOMException('aborted', 'AbortError'))
    await vi.waitFor(() => {
      expect(streams).toHaveLength(2)
    })
    expect(two.leads()).toBe(true)
    expect(two.events, 'what the first one did not pass on').toContainEqual({ kind: 'resync' })
    await say(note('8'))
    await vi.waitFor(() => {
      expect(two.ids()).toEqual(['8'])
    })
    expect(one.ids()).toEqual([])
  })

  it('keeps people apart', async () => {
    const ada = openTab('ada')
    const bob = openTab('bob')
    await vi.waitFor(() => {
      expect(bob.states.at(-1)).toBe('open')
    })
    await vi.waitFor(() => {
      expect(streams).toHaveLength(2)
    })
    await say(note('9'))
    await vi.waitFor(() => {
      expect(bob.ids()).toEqual(['9'])
    })
    expect(ada.ids()).toEqual([])
  })

  it('is read by each tab where there are no locks', async () => {
    vi.stubGlobal('navigator', { userAgent: 'plain HTTP' })
    openTab()
    openTab()
    await vi.waitFor(() => {
      expect(streams).toHaveLength(2)
    })
  })
})
