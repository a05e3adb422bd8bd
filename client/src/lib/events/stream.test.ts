import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import type { ServerEvent } from './parse'
import { readStream, type StreamState } from './stream'

const note = (id: string) =>
  `id: ${id}\nevent: notification\ndata: ${JSON.stringify({ id, kind: 'upload.done', title: 't', createdAt: 'now' })}\n\n`

/** A connection that the test writes to and breaks. */
function connection(status = 200) {
  const stream = new TransformStream<Uint8Array, Uint8Array>()
  const writer = stream.writable.getWriter()
  return {
    response: new Response(status === 200 ? stream.readable : null, { status }),
    say: (text: string) => writer.write(new TextEncoder().encode(text)),
    end: () => writer.close(),
    fail: () => writer.abort(new TypeError('reset')),
  }
}

function start(answers: (() => Response | Promise<Response>)[]) {
  const over = new AbortController()
  const asked: (string | null)[] = []
  const events: ServerEvent[] = []
  const states: StreamState[] = []
  const waits: number[] = []
  const done = readStream({
    open: async (lastEventId) => {
      asked.push(lastEventId)
      const next = answers.shift()
      if (next === undefined) {
        over.abort()
        throw new TypeError('no more answers')
      }
      return next()
    },
    onEvent: (event) => events.push(event),
    onState: (state) => states.push(state),
    signal: over.signal,
    sleep: (ms) => {
      waits.push(ms)
      return Promise.resolve()
    },
  })
  return { done, asked, events, states, waits, over }
}

const down = () => Promise.reject(new TypeError('failed to fetch'))

describe('the event stream', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it('hands on what it reads, also when it comes in pieces', async () => {
    const one = connection()
    const stream = start([() => one.response])
    const text = note('7')
    await one.say(text.slice(0, 20))
    await one.say(text.slice(20) + ': awake\n\n')
    await one.end()
    await stream.done
    expect(stream.events.map(({ kind }) => kind)).toEqual(['notification'])
  })

  it('connects again with the last id, and says that news may be missed', async () => {
    const one = connection()
    const two = connection()
    const stream = start([() => one.response, () => two.response])
    await one.say(note('7') + note('9'))
    await one.fail()
    await two.say(note('10'))
    await two.end()
    await stream.done
    expect(stream.asked).toEqual([null, '9', '10'])
    expect(stream.events.map(({ kind }) => kind)).toEqual(['notification', 'notification', 'resync', 'notification'])
    expect(stream.states).toEqual(['connecting', 'open', 'waiting', 'connecting', 'open', 'waiting', 'connecting'])
  })

  it('waits longer from try to try, 30 s at most, and never as long as others do', async () => {
    vi.spyOn(Math, 'random').mockReturnValueOnce(0).mockReturnValueOnce(1).mockReturnValue(0.5)
    const stream = start(Array.from({ length: 8 }, () => down))
    await stream.done
    expect(stream.waits).toEqual([500, 2000, 3000, 6000, 12_000, 22_500, 22_500, 22_500])
  })

  it('begins with short waits again after news', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(1)
    const one = connection()
    const stream = start([down, down, down, () => one.response, down])
    await one.say(note('1'))
    await one.end()
    await stream.done
    expect(stream.waits).toEqual([1000, 2000, 4000, 1000, 2000])
  })

  it('waits after a server that is down, too', async () => {
    const stream = start([() => new Response(null, { status: 503 })])
    await stream.done
    expect(stream.states).toEqual(['connecting', 'waiting', 'connecting'])
  })

  it.each([401, 403])('ends where the server answers %i', async (status) => {
    const stream = start([() => new Response(null, { status }), down])
    await stream.done
    expect(stream.states).toEqual(['connecting', 'ended'])
    expect(stream.asked).toHaveLength(1)
  })

  it('gives up a connection that is silent for three heartbeats', async () => {
    const one = connection()
    let dropped = false
    const over = new AbortController()
    const states: StreamState[] = []
    const done = readStream({
      open: (_, signal) => {
        signal.addEventListener('abort', () => {
          if (!over.signal.aborted) {
            dropped = true
            void one.fail()
          }
        })
        return Promise.resolve(one.response)
      },
      onEvent: () => undefined,
      onState: (state) => states.push(state),
      signal: over.signal,
      sleep: () => {
        over.abort()
        return Promise.resolve()
      },
    })
    await one.say(': awake\n\n')
    await vi.advanceTimersByTimeAsync(40_000)
    await one.say(': awake\n\n')
    await vi.advanceTimersByTimeAsync(40_000)
    expect(dropped, 'a line every now and then is enough').toBe(false)
    await vi.advanceTimersByTimeAsync(15_000)
    await done
    expect(dropped).toBe(true)
    expect(states.at(-1)).toBe('waiting')
  })
})
