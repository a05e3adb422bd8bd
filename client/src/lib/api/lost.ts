/** Why the session is over: it ended, or an administrator suspended the account. */
export type SessionLoss = 'expired' | 'suspended'

type Listener = (why: SessionLoss) => void
const listeners = new Set<Listener>()

/** Calls listener whenever a request shows that the session has ended. Returns how to stop. */
export function onSessionLost(listener: Listener): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** Tells everybody that the session has ended. */
export function sessionLost(why: SessionLoss = 'expired'): void {
  for (const listener of listeners) {
    listener(why)
  }
}

let holding = false
let away = false
const held = new Set<() => void>()

/**
 * With on, requests that find the session ended wait until the same person has
 * signed in again, and then go on: what was being done is not lost. Without,
 * they fail, as do those that wait.
 */
export function holdRequests(on: boolean): void {
  holding = on
  if (!on) {
    sessionBack()
  }
}

/** Whether a request had better wait than ask: the session is known to have ended. */
export function isAway(): boolean {
  return holding && away
}

/** Sends the requests that were held. */
export function sessionBack(): void {
  away = false
  for (const go of held) {
    go()
  }
  held.clear()
}

/** Waits until sessionBack. False at once where requests are not held; throws when signal ends the wait. */
export async function untilBack(signal: AbortSignal): Promise<boolean> {
  if (!holding) {
    return false
  }
  away = true
  signal.throwIfAborted()
  await new Promise<void>((resolve, reject) => {
    const stop = () => {
      held.delete(go)
      reject(signal.reason instanceof Error ? signal.reason : new DOMException('aborted', 'AbortError'))
    }
    const go = () => {
      signal.removeEventListener('abort', stop)
      resolve()
    }
    held.add(go)
    signal.addEventListener('abort', stop, { once: true })
  })
  return holding
}
