import type { Hold } from '../stores/transfers'

/** A request of a transfer that failed: status 0 is one without an answer. */
export interface Failure {
  readonly status: number
  readonly code: string
  readonly detail: string | null
  readonly requestId: string | null
  /** Seconds that the server asks to wait. */
  readonly retryAfter: number | null
}

/** What to do after a failure. */
export type Decision =
  | { readonly action: 'refresh' }
  /** What was sent is not there any more: begin anew. */
  | { readonly action: 'restart' }
  | { readonly action: 'wait'; readonly why: Hold }
  | { readonly action: 'fail' }

/** How often in a row the server may make the same mistake before a person is asked. */
const patience = 5

/** What came before a failure. */
export interface Before {
  /** Failures one after another, this one among them. */
  readonly failures: number
  /** Whether the server has an upload to go on with. */
  readonly begun: boolean
  /** Whether the session was renewed just before. */
  readonly renewed: boolean
}

/** Decides by the answer and by what came before. A lost network or a busy server never ends a transfer. */
export function decide({ status, code }: Failure, { failures, begun, renewed }: Before): Decision {
  if (status === 0) {
    return { action: 'wait', why: 'offline' }
  }
  if (status === 401) {
    return renewed ? { action: 'wait', why: 'session' } : { action: 'refresh' }
  }
  if (begun && (status === 404 || status === 410)) {
    return { action: 'restart' }
  }
  if (status === 429) {
    return { action: 'wait', why: 'busy' }
  }
  if (status === 507) {
    return { action: 'fail' }
  }
  if (status === 500) {
    return failures > patience ? { action: 'fail' } : { action: 'wait', why: 'server' }
  }
  const passes =
    status > 500 || [408, 423, 425, 460].includes(status) || ['wrong_offset', 'upload_interrupted'].includes(code)
  return passes ? { action: 'wait', why: 'server' } : { action: 'fail' }
}

/** Milliseconds before try number `failures`: from one second to thirty, with jitter, or as long as the server asks. */
export function pauseBefore(failures: number, retryAfter: number | null, random = Math.random): number {
  const longest = Math.min(30_000, 1000 * 2 ** Math.min(failures - 1, 10))
  return Math.max((retryAfter ?? 0) * 1000, longest / 2 + (random() * longest) / 2)
}

/**
 * Tells the server something until it answers; a lost network only delays it.
 * When nobody ever answers, the server drops by itself what is not gone on with
 * for a day.
 */
export async function untilTold(tell: () => Promise<void>): Promise<void> {
  for (let failures = 1; failures <= 10; failures++) {
    try {
      await tell()
      return
    } catch {
      const pause = pauseBefore(failures, null)
      await new Promise((resolve) => setTimeout(resolve, pause))
    }
  }
}
