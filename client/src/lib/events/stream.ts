import { createParser } from 'eventsource-parser'

import { parseEvent, type ServerEvent } from './parse'

export type StreamState = 'connecting' | 'open' | 'waiting' | 'ended'

export interface StreamOptions {
  /** Opens the stream; goes through the session, so that a stale token is renewed. */
  readonly open: (lastEventId: string | null, signal: AbortSignal) => Promise<Response>
  readonly onEvent: (event: ServerEvent) => void
  readonly onState: (state: StreamState) => void
  readonly lastEventId?: string | null
  readonly onId?: (id: string) => void
  readonly signal: AbortSignal
  /** Waits between two connections; tests pass their own. */
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<void>
}

const firstWait = 1000
const longestWait = 30_000
/** The server writes a line every 15 s; three missed ones are a dead connection. */
const silence = 50_000

/**
 * Reads the event stream until signal ends it, connecting again after 1 s to
 * 30 s with jitter. After every connection but the first comes `resync`: what
 * was missed in between is not all told again. It ends by itself when the
 * server says that nobody is signed in.
 */
export async function readStream(options: StreamOptions): Promise<void> {
  const { signal, onState, sleep = wait } = options
  const over = () => signal.aborted
  let lastId = options.lastEventId ?? null
  let failures = 0
  let connected = false
  while (!over()) {
    onState('connecting')
    const dead = new AbortController()
    const response = await options.open(lastId, AbortSignal.any([signal, dead.signal])).catch(() => null)
    if (response?.status === 401 || response?.status === 403) {
      onState('ended')
      return
    }
    if (response?.ok && response.body) {
      onState('open')
      if (connected) {
        options.onEvent({ kind: 'resync' })
      }
      connected = true
      await read(response.body, dead, options.onEvent, (id) => {
        lastId = id
        failures = 0
        options.onId?.(id)
      })
    }
    if (over()) {
      return
    }
    onState('waiting')
    const longest = Math.min(longestWait, firstWait * 2 ** failures)
    failures++
    await sleep(longest / 2 + (Math.random() * longest) / 2, signal)
  }
}

async function read(
  body: ReadableStream<Uint8Array>,
  dead: AbortController,
  onEvent: (event: ServerEvent) => void,
  onId: (id: string) => void,
): Promise<void> {
  const decoder = new TextDecoder()
  const parser = createParser({
    onEvent: ({ event, data, id }) => {
      const parsed = parseEvent(event, data)
      if (parsed !== null) {
        onEvent(parsed)
      }
      if (id !== undefined) {
        onId(id)
      }
    },
  })
  const reader = body.getReader()
  let watchdog = setTimeout(() => dead.abort(), silence)
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) {
        return
      }
      clearTimeout(watchdog)
      watchdog = setTimeout(() => dead.abort(), silence)
      parser.feed(decoder.decode(value, { stream: true }))
    }
  } catch {
    // The connection broke: the caller connects again.
  } finally {
    clearTimeout(watchdog)
  }
}

function wait(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms)
    // Back online is worth a try at once.
    addEventListener('online', done)
    signal.addEventListener('abort', done)
    function done() {
      clearTimeout(timer)
      removeEventListener('online', done)
      signal.removeEventListener('abort', done)
      resolve()
    }
  })
}
