import { isUnsent, useTransfers } from '../stores/transfers'
import type { Jobs } from './job'
import type { Keeper, KeptFile } from './kept'

/** Keeps the files of a queue for a reload: one after the other, and each only while it is not sent. */
export class Shelf {
  private last: Promise<unknown> = Promise.resolve()

  constructor(
    private readonly keeper: Keeper,
    private readonly jobs: Jobs,
  ) {}

  keep(id: string): void {
    this.then(async () => {
      const job = this.jobs.get(id)
      const row = useTransfers.getState().rows.get(id)
      if (job === undefined || row === undefined || !isUnsent(row.transfer)) {
        return
      }
      const { file, fileId, url } = job
      const paused = row.transfer.stage === 'paused'
      const kept = await this.keeper.keep({ id, file, fileId, url, paused, addedAt: Date.now() })
      useTransfers.getState().change(new Map([[id, { kept }]]))
    })
  }

  note(id: string, change: Partial<Pick<KeptFile, 'url' | 'paused'>>): void {
    this.then(() => this.keeper.change(id, change))
  }

  forget(ids: readonly string[]): void {
    this.then(() => this.keeper.drop(ids))
  }

  wipe(): void {
    this.then(() => this.keeper.wipe())
  }

  // In this order alone: what is sent while it is being kept is forgotten after it was.
  private then(step: () => Promise<unknown>): void {
    this.last = this.last.then(step)
  }
}
