import type { Config } from '../../../lib/api/types'
import { isUnsent, type Row, type RowChange, useTransfers } from '../stores/transfers'
import { idFromUrl } from './attempt'
import { untilTold } from './failure'
import { type Job, newJob, rowOf, startOver } from './job'
import { type Keeper, newId } from './kept'
import { type LaneParts, Lanes } from './lanes'
import { inspect, type Refusal } from './refusal'
import { Shelf } from './shelf'

/** How many files are sent at the same time. A browser opens six connections to a host, and the pages need some. */
const atOnce = 3

export interface QueueParts extends LaneParts {
  readonly keeper: Keeper
  /** The server's limits; null while they cannot be asked for: then the server alone decides. */
  readonly config: () => Promise<Config | null>
  /** Ends on the server what was begun and not finished; rejects where it could not be told. */
  readonly discard: (uploadId: string) => Promise<void>
}

/**
 * Sends files, a few at a time, until the server has them all. What becomes of
 * each is in useTransfers.
 */
export class SendQueue {
  private readonly jobs = new Map<string, Job>()
  private waiting: string[] = []
  private readonly shelf: Shelf
  private readonly lanes: Lanes
  private limit = atOnce
  private over = false

  constructor(private readonly parts: QueueParts) {
    this.shelf = new Shelf(parts.keeper, this.jobs)
    this.lanes = new Lanes(parts, this.jobs, this.shelf, () => this.pump())
  }

  /** Takes files in, in their order. */
  async add(files: readonly File[], fileId: string | null = null): Promise<void> {
    const rows = files.map((file) => this.enlist(newId(), newJob(file, fileId, null)))
    const ids = rows.map(({ id }) => id)
    useTransfers.getState().add(rows)
    const config = await this.parts.config()
    if (config !== null) {
      this.limit = Math.max(1, Math.min(atOnce, config.limits.concurrentUploads))
    }
    for await (const { at, faults } of inspect(files, fileId, config)) {
      this.admit(ids.slice(at, at + faults.length), faults)
    }
  }

  /** Takes up what a tab that is gone, or this one before it was loaded again, left behind. */
  async restore(): Promise<void> {
    const kept = await this.parts.keeper.adopt()
    if (this.over || kept.length === 0) {
      return
    }
    useTransfers.getState().add(
      kept.map(({ id, file, fileId, url, paused }) => ({
        ...this.enlist(id, newJob(file, fileId, url)),
        kept: true,
        uploadId: url === null ? null : idFromUrl(url),
        ...(paused ? { transfer: { stage: 'paused', sent: 0 } as const } : {}),
      })),
    )
    this.waiting.push(...kept.filter(({ paused }) => !paused).map(({ id }) => id))
    this.pump()
  }

  /** The bytes of a row, where this browser has them. */
  fileOf(id: string): File | null {
    return this.jobs.get(id)?.file ?? null
  }

  pause(ids: Iterable<string>): void {
    const changes = new Map<string, RowChange>()
    for (const id of ids) {
      const job = this.jobs.get(id)
      const row = useTransfers.getState().rows.get(id)
      if (job !== undefined && row !== undefined && isUnsent(row.transfer)) {
        this.halt(id, job)
        changes.set(id, { transfer: { stage: 'paused', sent: job.sent } })
        this.shelf.note(id, { paused: true })
      }
    }
    useTransfers.getState().change(changes)
    this.pump()
  }

  /** Takes up what was paused, canceled or failed, before what waits. */
  resume(ids: Iterable<string>): void {
    const again: string[] = []
    const changes = new Map<string, RowChange>()
    for (const id of ids) {
      const stage = useTransfers.getState().rows.get(id)?.transfer.stage
      if (this.jobs.has(id) && stage !== undefined && ['paused', 'canceled', 'failed', 'sent'].includes(stage)) {
        again.push(id)
        changes.set(id, { transfer: { stage: 'waiting' }, ...(stage === 'paused' ? {} : { uploadId: null }) })
        if (stage === 'paused') {
          this.shelf.note(id, { paused: false })
        } else {
          this.shelf.keep(id)
        }
      }
    }
    useTransfers.getState().change(changes)
    this.waiting.unshift(...again)
    this.pump()
  }

  /** Gives up what is not sent yet. The row stays, so that it can be taken back. */
  cancel(ids: Iterable<string>): void {
    const changes = new Map<string, RowChange>()
    for (const id of ids) {
      const job = this.jobs.get(id)
      if (job === undefined) {
        continue
      }
      this.halt(id, job)
      changes.set(id, { transfer: { stage: 'canceled' } })
      if (job.url !== null) {
        const uploadId = idFromUrl(job.url)
        void untilTold(() => this.parts.discard(uploadId))
      }
      this.shelf.forget([id])
      startOver(job)
    }
    useTransfers.getState().change(changes)
    this.pump()
  }

  /** Takes rows out of the tray. */
  dismiss(ids: readonly string[]): void {
    for (const id of ids) {
      this.jobs.delete(id)
    }
    this.shelf.forget(ids)
    useTransfers.getState().remove(ids)
  }

  /** Tries at once what waits for the network, the server or the session. */
  wake(): void {
    this.lanes.wake()
  }

  /** Ends it for good, with all that is kept: its user has signed out. */
  end(): void {
    this.over = true
    for (const [id, job] of this.jobs) {
      this.halt(id, job)
    }
    this.jobs.clear()
    this.waiting = []
    this.shelf.wipe()
    useTransfers.getState().clear()
  }

  private enlist(id: string, job: Job): Row {
    this.jobs.set(id, job)
    return rowOf(id, job)
  }

  /** Lets through what has no fault and is still wanted. */
  private admit(ids: readonly string[], faults: readonly (Refusal | null)[]): void {
    const changes = new Map<string, RowChange>()
    const { rows, change } = useTransfers.getState()
    ids.forEach((id, i) => {
      const reason = faults[i] ?? null
      if (rows.get(id)?.transfer.stage !== 'waiting') {
        return // paused, canceled or gone meanwhile
      }
      if (reason === null) {
        this.shelf.keep(id)
        this.waiting.push(id)
      } else {
        this.jobs.delete(id)
        changes.set(id, { transfer: { stage: 'refused', reason } })
      }
    })
    change(changes)
    this.pump()
  }

  private pump(): void {
    while (!this.over && this.lanes.size < this.limit) {
      const id = this.waiting.shift()
      if (id === undefined) {
        return
      }
      const job = this.jobs.get(id)
      if (job !== undefined && useTransfers.getState().rows.get(id)?.transfer.stage === 'waiting') {
        this.lanes.enter(id, job)
      }
    }
  }

  private halt(id: string, job: Job): void {
    this.lanes.leave(id, job)
    this.waiting = this.waiting.filter((other) => other !== id)
  }
}
