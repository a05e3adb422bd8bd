import type { Refreshed } from '../../../lib/api/refresh'
import { type Transfer, useTransfers } from '../stores/transfers'
import { idFromUrl, type StartAttempt } from './attempt'
import { decide, type Failure, pauseBefore } from './failure'
import { isReadable, type Job, type Jobs, startOver } from './job'
import { ProgressWriter } from './progress'
import type { Shelf } from './shelf'
import { Meter } from './speed'

export interface LaneParts {
  readonly start: StartAttempt
  /** Renews the session. Waits for the network come first: it may take long. */
  readonly refresh: () => Promise<Refreshed>
  readonly onSent?: (uploadId: string) => void
}

/**
 * The files that are being sent: each keeps its lane through failures and waits,
 * until it is sent, has failed for good or is taken out.
 */
export class Lanes {
  private readonly active = new Set<string>()
  private readonly progress: ProgressWriter

  constructor(
    private readonly parts: LaneParts,
    private readonly jobs: Jobs,
    private readonly shelf: Shelf,
    /** Called when a lane has become free by itself. */
    private readonly onFree: () => void,
  ) {
    this.progress = new ProgressWriter(jobs)
  }

  get size(): number {
    return this.active.size
  }

  enter(id: string, job: Job): void {
    this.active.add(id)
    this.begin(id, job)
  }

  /** Stops what a file is at and frees its lane. */
  leave(id: string, job: Job): void {
    job.attempt?.stop()
    job.attempt = null
    this.stopWaiting(job)
    this.active.delete(id)
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

  private begin(id: string, job: Job): void {
    this.stopWaiting(job)
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
    this.onFree()
  }

  private stopWaiting(job: Job): void {
    if (job.timer !== null) {
      clearTimeout(job.timer)
      job.timer = null
    }
  }

  private write(id: string, transfer: Transfer): void {
    useTransfers.getState().change(new Map([[id, { transfer }]]))
  }
}
