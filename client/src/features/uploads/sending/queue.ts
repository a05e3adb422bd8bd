import type { Refreshed } from '../../../lib/api/refresh'
import type { Config } from '../../../lib/api/types'
import { isUnsent, type Row, type RowChange, type Transfer, useTransfers } from '../stores/transfers'
import { idFromUrl, type StartAttempt } from './attempt'
import { decide, type Failure, pauseBefore, untilTold } from './failure'
import { isReadable, type Job, newJob, rowOf, startOver } from './job'
import { type Keeper, newId } from './kept'
import { ProgressWriter } from './progress'
import { inspect, type Refusal } from './refusal'
import { Shelf } from './shelf'
import { Meter } from './speed'

/** How many files are sent at the same time. A browser opens six connections to a host, and the pages need some. */
const atOnce = 3

export interface QueueParts {
  readonly start: StartAttempt
  readonly keeper: Keeper
  /** The server's limits; null while they cannot be asked for: then the server alone decides. */
  readonly config: () => Promise<Config | null>
  /** Renews the session. Waits for the network come first: it may take long. */
  readonly refresh: () => Promise<Refreshed>
  /** Ends on the server what was begun and not finished; rejects where it could not be told. */
  readonly discard: (uploadId: string) => Promise<void>
  readonly onSent?: (uploadId: string) => void
}

/**
 * Sends files, a few at a time, until the server has them all. What becomes of
 * each is in useTransfers.
 */
export class SendQueue {
  private readonly jobs = new Map<string, Job>()
  private waiting: string[] = []
  private readonly active = new Set<string>()
  private readonly shelf: Shelf
  private readonly progress = new ProgressWriter(this.jobs)
  private limit = atOnce
  private over = false

  constructor(private readonly parts: QueueParts) {
    this.shelf = new Shelf(parts.keeper, this.jobs)
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
    for (const id of this.active) {
      const job = this.jobs.get(id)
      if (job !== undefined && job.timer !== null) {
        this.begin(id, job)
      }
    }
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
    while (!this.over && this.active.size < this.limit) {
      const id = this.waiting.shift()
      if (id === undefined) {
        return
      }
      const job = this.jobs.get(id)
      if (job !== undefined && useTransfers.getState().rows.get(id)?.transfer.stage === 'waiting') {
        this.active.add(id)
        this.begin(id, job)
      }
    }
  }

  private begin(id: string, job: Job): void {
    if (job.timer !== null) {
      clearTimeout(job.timer)
      job.timer = null
    }
    job.meter = new Meter()
    // What waited goes on waiting until something comes through.
    if (job.failures === 0) {
      this.moving(id, job)
    }
    const request = { file: job.file, name: job.file.name, fileId: job.fileId, url: job.url }
    job.attempt = this.parts.start(request, {
      onUrl: (url) => {
        this.begun(id, job, url)
        this.moving(id, job)
      },
      onProgress: (sent) => {
        if (sent > job.sent) {
          this.moving(id, job)
        }
        job.sent = sent
        this.progress.moves(id)
      },
      onTaken: () => {
        job.failures = 0
      },
      onSent: (uploadId) => this.finish(id, job, { stage: 'sent', uploadId }),
      onFailure: (failure) => void this.failed(id, job, failure),
    })
  }

  private moving(id: string, job: Job): void {
    job.renewed = false
    if (useTransfers.getState().rows.get(id)?.transfer.stage !== 'sending') {
      this.write(id, { stage: 'sending', sent: job.sent, total: job.file.size, speed: null })
    }
  }

  private begun(id: string, job: Job, url: string): void {
    if (job.url !== url) {
      job.url = url
      this.shelf.note(id, { url })
      useTransfers.getState().change(new Map([[id, { uploadId: idFromUrl(url) }]]))
    }
  }

  private async failed(id: string, job: Job, failure: Failure): Promise<void> {
    job.attempt = null
    job.failures++
    const { code, detail, requestId } = failure
    const decision = decide(failure, { failures: job.failures, begun: job.url !== null, renewed: job.renewed })
    job.renewed = false
    switch (decision.action) {
      case 'fail':
        this.finish(id, job, { stage: 'failed', code, detail, requestId })
        return
      case 'restart':
        Object.assign(job, { url: null, sent: 0 })
        this.begin(id, job)
        return
      case 'refresh':
        await this.renew(id, job, failure)
        return
      case 'wait':
        if (failure.status === 0 && !(await isReadable(job))) {
          this.finish(id, job, { stage: 'refused', reason: { kind: 'unreadable' } })
          return
        }
        this.hold(id, job, decision.why, failure)
    }
  }

  private async renew(id: string, job: Job, failure: Failure): Promise<void> {
    const outcome = await this.parts.refresh()
    if (!this.active.has(id)) {
      return // paused or canceled meanwhile
    }
    if (outcome === 'refreshed') {
      job.renewed = true
      this.begin(id, job)
    } else {
      this.hold(id, job, outcome === 'unreachable' ? 'offline' : 'session', failure)
    }
  }

  /** Waits with the place in the queue kept: what comes behind would fare no better. */
  private hold(id: string, job: Job, why: Extract<Transfer, { stage: 'held' }>['why'], failure: Failure): void {
    if (!this.active.has(id)) {
      return
    }
    this.write(id, { stage: 'held', sent: job.sent, why })
    job.timer = setTimeout(() => this.begin(id, job), pauseBefore(job.failures, failure.retryAfter))
  }

  private finish(id: string, job: Job, transfer: Transfer): void {
    if (!this.active.delete(id)) {
      return
    }
    job.attempt = null
    this.shelf.forget([id])
    const sent = transfer.stage === 'sent' ? transfer.uploadId : undefined
    const change = { transfer, kept: false, ...(sent === undefined ? {} : { uploadId: sent }) }
    useTransfers.getState().change(new Map([[id, change]]))
    // Whoever sends it again begins anew.
    startOver(job)
    if (sent !== undefined) {
      this.parts.onSent?.(sent)
    }
    this.pump()
  }

  private halt(id: string, job: Job): void {
    job.attempt?.stop()
    job.attempt = null
    if (job.timer !== null) {
      clearTimeout(job.timer)
      job.timer = null
    }
    this.active.delete(id)
    this.waiting = this.waiting.filter((other) => other !== id)
  }

  private write(id: string, transfer: Transfer): void {
    useTransfers.getState().change(new Map([[id, { transfer }]]))
  }
}
