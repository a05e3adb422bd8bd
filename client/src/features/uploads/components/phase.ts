import type { Upload } from '../../../lib/api/types'
import type { Transfer } from '../stores/transfers'

/** Where a row stands, of all that can become of it in the browser and on the server. */
export type Phase =
  | 'waiting'
  | 'sending'
  | 'held'
  | 'paused'
  | 'refused'
  | 'receiving'
  | 'processing'
  | 'stalled'
  | 'done'
  | 'rejected'
  | 'canceled'
  | 'failed'

export function phaseOf(transfer: Transfer, upload: Upload | undefined): Phase {
  return transfer.stage === 'sent' ? (upload?.state ?? 'processing') : transfer.stage
}

/** What the tray counts and filters by. */
export type Group = 'sending' | 'paused' | 'processing' | 'attention' | 'done' | 'canceled'

const groups: Readonly<Record<Phase, Group>> = {
  waiting: 'sending',
  sending: 'sending',
  held: 'sending',
  paused: 'paused',
  receiving: 'processing',
  processing: 'processing',
  refused: 'attention',
  stalled: 'attention',
  rejected: 'attention',
  failed: 'attention',
  done: 'done',
  canceled: 'canceled',
}

export function groupOf(phase: Phase): Group {
  return groups[phase]
}

const over: readonly Phase[] = ['refused', 'done', 'rejected', 'canceled', 'failed']

/** Whether nothing more becomes of it by itself, nor by a retry on the server. */
export function isOver(phase: Phase): boolean {
  return over.includes(phase)
}
