import { apiBase, sessionFetch } from '../api/api'
import type { ServerEvent } from './parse'
import { readStream, type StreamState } from './stream'

type Message =
  | { readonly type: 'event'; readonly event: ServerEvent }
  | { readonly type: 'state'; readonly state: StreamState }
  | { readonly type: 'ask' }

/** Takes the events of the browser's one stream. */
export interface EventSink {
  readonly onEvent: (event: ServerEvent) => void
  readonly onState: (state: StreamState) => void
  /** This tab reads the stream from now on, or does not any more. */
  readonly onLead?: (leads: boolean) => void
}

/**
 * Connects this tab to the event stream of userId. A browser opens six
 * connections to a host, so all tabs of one user share one stream: the tab that
 * holds the lock reads it and tells the others, and when that tab closes the
 * next one takes over. Returns how to leave.
 */
export function joinStream(userId: string, sink: EventSink): () => void {
  const over = new AbortController()
  const name = `safelight-events-${userId}`
  const channel = new BroadcastChannel(name)
  let state: StreamState = 'connecting'
  let leads = false

  const tell = (message: Message) => {
    channel.postMessage(message)
  }
  const setState = (next: StreamState) => {
    state = next
    sink.onState(next)
    tell({ type: 'state', state: next })
  }
  channel.onmessage = ({ data }: MessageEvent<Message>) => {
    if (data.type === 'event') {
      sink.onEvent(data.event)
    } else if (data.type === 'state') {
      sink.onState(data.state)
    } else if (leads) {
      tell({ type: 'state', state })
    }
  }

  const lead = async () => {
    if (over.signal.aborted) {
      return
    }
    leads = true
    sink.onLead?.(true)
    // Whoever led before may have died with news untold.
    sink.onEvent({ kind: 'resync' })
    try {
      await readStream({
        open: (lastEventId, signal) =>
          sessionFetch(
            new Request(`${apiBase}/api/v1/events`, {
              headers: {
                Accept: 'text/event-stream',
                ...(lastEventId === null ? {} : { 'Last-Event-ID': lastEventId }),
              },
              credentials: 'include',
              cache: 'no-store',
              signal,
            }),
          ),
        onEvent: (event) => {
          sink.onEvent(event)
          tell({ type: 'event', event })
        },
        onState: setState,
        signal: over.signal,
      })
    } finally {
      leads = false
      sink.onLead?.(false)
    }
  }

  if ('locks' in navigator) {
    navigator.locks.request(name, { signal: over.signal }, lead).catch(() => {
      // Left while waiting for the lock: nothing to give back.
    })
    tell({ type: 'ask' })
  } else {
    // Plain HTTP to another machine has no locks: each tab reads for itself.
    void lead()
  }
  return () => {
    over.abort()
    channel.close()
  }
}
