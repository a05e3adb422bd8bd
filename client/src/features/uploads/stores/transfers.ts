import { create } from 'zustand'

import type { Refusal } from '../sending/refusal'

/** Why the bytes of a file wait although it is their turn. */
export type Hold = 'offline' | 'busy' | 'server' | 'session'

/** How far the bytes of a file are that are still in this browser. `sent` ends it: the rest is the server's to tell. */
export type Transfer =
  | { readonly stage: 'waiting' }
  | { readonly stage: 'refused'; readonly reason: Refusal }
  | {
      readonly stage: 'sending'
      readonly sent: number
      readonly total: number
      /** Bytes per second, smoothed; null until it can be told. */
      readonly speed: number | null
    }
  | { readonly stage: 'paused'; readonly sent: number }
  | { readonly stage: 'held'; readonly sent: number; readonly why: Hold }
  | {
      readonly stage: 'failed'
      readonly code: string
      readonly detail: string | null
      readonly requestId: string | null
    }
  | { readonly stage: 'canceled' }
  | { readonly stage: 'sent'; readonly uploadId: string }

/** One row of the tray. */
export interface Row {
  /** Made in this browser; of an upload that was begun elsewhere, the upload's. */
  readonly id: string
  readonly name: string
  readonly size: number
  /** The file that it becomes the next version of. */
  readonly fileId: string | null
  /** The server's upload, as soon as there is one. */
  readonly uploadId: string | null
  /** Whether a reload finds the bytes again. */
  readonly kept: boolean
  readonly transfer: Transfer
}

export type RowChange = Partial<Pick<Row, 'uploadId' | 'kept' | 'transfer'>>

interface Rows {
  readonly rows: ReadonlyMap<string, Row>
  /** Ids as the tray shows them: what came last is first. */
  readonly order: readonly string[]
}

interface Transfers extends Rows {
  /** Puts rows before all others. Those that are there already stay as they are. */
  readonly add: (rows: readonly Row[]) => void
  /** Changes many rows by one write, so that 500 files at once are drawn once. */
  readonly change: (changes: ReadonlyMap<string, RowChange>) => void
  readonly remove: (ids: Iterable<string>) => void
  readonly clear: () => void
}

/** What is sent from this browser, and the uploads that are looked on at. */
export const useTransfers = create<Transfers>()((set) => ({
  rows: new Map(),
  order: [],
  add: (rows) => set((state) => added(state, rows)),
  change: (changes) => set((state) => changed(state, changes)),
  remove: (ids) => set((state) => removed(state, ids)),
  clear: () => set({ rows: new Map(), order: [] }),
}))

function added(state: Rows, rows: readonly Row[]): Rows {
  const fresh = rows.filter(({ id }) => !state.rows.has(id))
  if (fresh.length === 0) {
    return state
  }
  // What a reload finds again may have come back from the server first.
  const { rows: old, order } = removed(
    state,
    fresh.flatMap(({ uploadId }) => uploadId ?? []),
  )
  return {
    rows: new Map([...old, ...fresh.map((row) => [row.id, row] as const)]),
    order: [...fresh.map(({ id }) => id), ...order],
  }
}

function changed(state: Rows, changes: ReadonlyMap<string, RowChange>): Rows {
  const rows = new Map(state.rows)
  const twins: string[] = []
  for (const [id, change] of changes) {
    const row = rows.get(id)
    if (row === undefined) {
      continue
    }
    rows.set(id, { ...row, ...change })
    const { uploadId } = change
    // The event stream may tell of an upload before its own request is answered.
    if (uploadId !== undefined && uploadId !== null && uploadId !== id && rows.has(uploadId)) {
      twins.push(uploadId)
    }
  }
  return twins.length === 0 ? { rows, order: state.order } : removed({ rows, order: state.order }, twins)
}

function removed(state: Rows, ids: Iterable<string>): Rows {
  const gone = new Set(ids)
  const rows = new Map(state.rows)
  for (const id of gone) {
    rows.delete(id)
  }
  return { rows, order: state.order.filter((id) => !gone.has(id)) }
}

/** Whether bytes of it are still to be sent from here. */
export function isUnsent({ stage }: Transfer): boolean {
  return stage === 'waiting' || stage === 'sending' || stage === 'paused' || stage === 'held'
}
