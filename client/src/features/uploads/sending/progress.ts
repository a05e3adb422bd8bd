import { type RowChange, useTransfers } from '../stores/transfers'
import type { Jobs } from './job'

/** Progress is drawn twice a second at most. */
const drawEvery = 500

/** Writes the progress of all files that moved by one change of the store. */
export class ProgressWriter {
  private readonly moved = new Set<string>()
  private timer: ReturnType<typeof setTimeout> | null = null

  constructor(private readonly jobs: Jobs) {}

  moves(id: string): void {
    this.moved.add(id)
    this.timer ??= setTimeout(() => this.draw(), drawEvery)
  }

  private draw(): void {
    this.timer = null
    const now = performance.now()
    const { rows, change } = useTransfers.getState()
    const changes = new Map<string, RowChange>()
    for (const id of this.moved) {
      const job = this.jobs.get(id)
      if (job !== undefined && rows.get(id)?.transfer.stage === 'sending') {
        const speed = job.meter.measure(job.sent, now)
        changes.set(id, { transfer: { stage: 'sending', sent: job.sent, total: job.file.size, speed } })
      }
    }
    this.moved.clear()
    change(changes)
  }
}
