import type { Refreshed } from '../../../lib/api/refresh'
import type { Config } from '../../../lib/api/types'
import { isUnsent, type Row, type RowChange, type Transfer, useTransfers } from '../stores/transfers'
import { type Attempt, idFromUrl, type StartAttempt } from './attempt'
import { decide, type Failure, pauseBefore } from './failure'
import { type Keeper, newId } from './kept'
import { type Refusal, refusalAtSight, refusalByContent } from './refusal'
import { Meter } from './speed'

/** How many files are sent at the same time. A browser opens six connections to a host, and the pages need some. */
const atOnce = 3
/** Progress is drawn twice a second at most. */
const drawEvery = 500

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

interface Job {
  readonly file: File
  readonly fileId: string | null
  url: string | null
  attempt: Attempt | null
  meter: Meter
  sent: number
  /** Failures since the last byte went through. */
  failures: number
  timer: ReturnType<typeof setTimeout> | null
}

/**
 * Sends files, a few at a time, until the server has them all. What becomes of
 * each is in useTransfers.
 */
export class SendQueue {
  private readonly jobs = new Map<string, Job>()
  private waiting: string[] = []
  private readonly active = new Set<string>()
  private readonly moved = new Set<string>()
  private drawing: ReturnType<typeof setTimeout> | null = null
  private keeping: Promise<unknown> = Promise.resolve()
  private limit = atOnce
  private over = false

  constructor(private readonly parts: QueueParts) {}

  /** Takes files in, in their order. */
  async add(files: readonly File[], fileId: string | null = null): Promise<void> {
    const ids = files.map((file) => this.enlist(newId(), file, fileId, null))
    const rows = ids.map((id, i) => rowOf(id, files[i], fileId))
    useTransfers.getState().add(rows)
    const config = await this.parts.config()
    if (config !== null) {
      this.limit = Math.max(1, Math.min(atOnce, config.limits.concurrentUploads))
    }
    // A picture has one next version: of several nobody could say which.
    const refuse = (i: number, file: File) =>
      fileId !== null && i > 0 ? { kind: 'oneVersion' as const } : config && refusalAtSight(file, config)
    const fine = this.sift(ids, (file, i) => refuse(i, file))
    for (let at = 0; at < fine.length; at += 32) {
      const part = fine.slice(at, at + 32)
      const faults = await Promise.all(part.map((id) => this.look(id, config)))
      const good = this.sift(part, (_, i) => faults[i] ?? null)
      for (const id of good) {
        this.keep(id)
      }
      this.waiting.push(...good)
      this.pump()
    }
  }

  /** Takes up what a tab that is gone, or this one before it was loaded again, left behind. */
  async restore(): Promise<void> {
    const kept = await this.parts.keeper.adopt()
    if (this.over || kept.length === 0) {
      return
    }
    for (const { id, file, fileId, url } of kept) {
      this.enlist(id, file, fileId, url)
    }
    useTransfers.getState().add(
      kept.map(({ id, file, fileId, url, paused }) => ({
        ...rowOf(id, file, fileId),
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
        void this.parts.keeper.change(id, { paused: true })
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
          void this.parts.keeper.change(id, { paused: false })
        } else {
          this.keep(id)
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
        void this.discard(idFromUrl(job.url))
      }
      this.forget([id])
      Object.assign(job, { url: null, sent: 0, failures: 0 })
    }
    useTransfers.getState().change(changes)
    this.pump()
  }

  /** Takes rows out of the tray. */
  dismiss(ids: readonly string[]): void {
    for (const id of ids) {
      this.jobs.delete(id)
    }
    this.forget(ids)
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
    this.keeping = this.keeping.then(() => this.parts.keeper.wipe())
    useTransfers.getState().clear()
  }

  private enlist(id: string, file: File, fileId: string | null, url: string | null): string {
    this.jobs.set(id, { file, fileId, url, attempt: null, meter: new Meter(), sent: 0, failures: 0, timer: null })
    return id
  }

  private async look(id: string, config: Config | null): Promise<Refusal | null> {
    const file = this.jobs.get(id)?.file
    return file === undefined || config === null ? null : refusalByContent(file, config)
  }

  /** Refuses those with a fault; gives the ids of the others that are still wanted. */
  private sift(ids: readonly string[], faultOf: (file: File, i: number) => Refusal | null): string[] {
    const changes = new Map<string, RowChange>()
    const good: string[] = []
    ids.forEach((id, i) => {
      const job = this.jobs.get(id)
      if (job === undefined || useTransfers.getState().rows.get(id)?.transfer.stage !== 'waiting') {
        return // paused, canceled or gone meanwhile
      }
      const reason = faultOf(job.file, i)
      if (reason === null) {
        good.push(id)
      } else {
        this.jobs.delete(id)
        changes.set(id, { transfer: { stage: 'refused', reason } })
      }
    })
    if (changes.size > 0) {
      useTransfers.getState().change(changes)
    }
    return good
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
    this.write(id, { stage: 'sending', sent: job.sent, total: job.file.size, speed: null })
    const request = { file: job.file, name: job.file.name, fileId: job.fileId, url: job.url }
    job.attempt = this.parts.start(request, {
      onUrl: (url) => this.begun(id, job, url),
      onProgress: (sent) => {
        if (sent > job.sent) {
          job.failures = 0
        }
        job.sent = sent
        this.moved.add(id)
        this.drawing ??= setTimeout(() => this.draw(), drawEvery)
      },
      onSent: (uploadId) => this.finish(id, job, { stage: 'sent', uploadId }),
      onFailure: (failure) => void this.failed(id, job, failure),
    })
  }

  private begun(id: string, job: Job, url: string): void {
    if (job.url !== url) {
      job.url = url
      void this.parts.keeper.change(id, { url })
      useTransfers.getState().change(new Map([[id, { uploadId: idFromUrl(url) }]]))
    }
  }

  /** Writes all progress since the last time at once. */
  private draw(): void {
    this.drawing = null
    const now = performance.now()
    const changes = new Map<string, RowChange>()
    for (const id of this.moved) {
      const job = this.jobs.get(id)
      if (job !== undefined && useTransfers.getState().rows.get(id)?.transfer.stage === 'sending') {
        const speed = job.meter.measure(job.sent, now)
        changes.set(id, { transfer: { stage: 'sending', sent: job.sent, total: job.file.size, speed } })
      }
    }
    this.moved.clear()
    useTransfers.getState().change(changes)
  }

  private async failed(id: string, job: Job, failure: Failure): Promise<void> {
    job.attempt = null
    job.failures++
    const decision = decide(failure, job.failures, job.url !== null)
    switch (decision.action) {
      case 'fail':
        this.finish(id, job, { stage: 'failed', ...pick(failure) })
        return
      case 'restart':
        Object.assign(job, { url: null, sent: 0 })
        this.begin(id, job)
        return
      case 'refresh':
        await this.renew(id, job, failure)
        return
      case 'wait':
        if (failure.status === 0 && !(await readable(job.file))) {
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
    this.forget([id])
    const sent = transfer.stage === 'sent' ? transfer.uploadId : undefined
    const change = { transfer, kept: false, ...(sent === undefined ? {} : { uploadId: sent }) }
    useTransfers.getState().change(new Map([[id, change]]))
    // Whoever sends it again begins anew.
    Object.assign(job, { url: null, sent: 0, failures: 0 })
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

  /** Keeps a file for a reload, one after the other and only while it is not sent. */
  private keep(id: string): void {
    this.keeping = this.keeping.then(async () => {
      const job = this.jobs.get(id)
      const row = useTransfers.getState().rows.get(id)
      if (job === undefined || row === undefined || !isUnsent(row.transfer)) {
        return
      }
      const paused = row.transfer.stage === 'paused'
      const { file, fileId, url } = job
      const kept = await this.parts.keeper.keep({ id, file, fileId, url, paused, addedAt: Date.now() })
      if (job.url !== url) {
        await this.parts.keeper.change(id, { url: job.url })
      }
      useTransfers.getState().change(new Map([[id, { kept }]]))
    })
  }

  private forget(ids: readonly string[]): void {
    this.keeping = this.keeping.then(() => this.parts.keeper.drop(ids))
  }

  /** Tells the server that no more bytes come; a lost network only delays it. */
  private async discard(uploadId: string): Promise<void> {
    for (let failures = 1; !this.over && failures <= 10; failures++) {
      try {
        await this.parts.discard(uploadId)
        return
      } catch {
        await new Promise((resolve) => setTimeout(resolve, pauseBefore(failures, null)))
      }
    }
    // Nobody answers: the server drops by itself what is not gone on with for a day.
  }
}

function rowOf(id: string, file: File | undefined, fileId: string | null): Row {
  const [name, size] = [file?.name ?? '', file?.size ?? 0]
  return { id, name, size, fileId, uploadId: null, kept: false, transfer: { stage: 'waiting' } }
}

function pick({ code, detail, requestId }: Failure) {
  return { code, detail, requestId }
}

// A file that was changed or deleted under our hands fails as a lost network does.
async function readable(file: File): Promise<boolean> {
  try {
    await file.slice(0, 1).arrayBuffer()
    return true
  } catch {
    return false
  }
}
