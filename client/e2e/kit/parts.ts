import { existsSync, mkdirSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

import type { DoorState } from './door'
import { readDev, signal, type Dev, type StackFacts } from './stack'

/** The running stack, as one test holds it. What a test stops is set going again behind it. */
export class Parts {
  private undo: (() => Promise<void> | void)[] = []

  constructor(readonly facts: StackFacts) {}

  /** Where everything is now: process ids change when a part is started again. */
  get dev(): Dev {
    return readDev(this.facts.home)
  }

  get url(): string {
    return this.dev.apiUrl
  }

  sample(name: string): string {
    return join(this.facts.samples, name)
  }

  /** Shuts, holds or opens the way to the virus scanner. */
  async scanner(state: DoorState): Promise<void> {
    const answer = await fetch(`${this.facts.control}/${state}`, { method: 'POST' })
    if (!answer.ok) {
      throw new Error(`the door of the scanner can not be ${state}: ${answer.status}`)
    }
    if (state !== 'open') {
      this.undo.push(() => this.scanner('open'))
    }
  }

  /**
   * Freezes the worker (SIGSTOP): the stack starts a part again that has ended, but not one that only stands still.
   * To the rest of the system both look the same. Returns what sets it going again.
   */
  stopWorker(): () => void {
    const pid = this.dev.pids.worker
    if (pid === undefined || !signal(pid, 'SIGSTOP')) {
      throw new Error('there is no worker to stop')
    }
    const go = () => {
      signal(pid, 'SIGCONT')
    }
    this.undo.push(go)
    return go
  }

  /** Kills the worker; the stack starts another one. */
  killWorker(): void {
    const pid = this.dev.pids.worker
    if (pid === undefined || !signal(pid, 'SIGKILL')) {
      throw new Error('there is no worker to kill')
    }
  }

  /**
   * Takes the original of an upload away, so that its next try finds nothing and it is stalled. Returns what brings
   * it back.
   */
  takeAway(uploadId: string): () => void {
    const storage = fileURLToPath(this.dev.storageUrl)
    const folder = join(storage, 'tmp', 'uploads', uploadId)
    const away = join(this.facts.home, `${uploadId}.away`)
    renameSync(join(folder, 'original@'), away)
    return () => {
      if (existsSync(away)) {
        mkdirSync(folder, { recursive: true })
        renameSync(away, join(folder, 'original@'))
      }
    }
  }

  async restore(): Promise<void> {
    for (const undo of this.undo.splice(0).reverse()) {
      await undo()
    }
  }
}

/** Asks again until the answer is there. */
export async function until<T>(what: string, ask: () => Promise<T | undefined>, patience = 60_000): Promise<T> {
  const end = Date.now() + patience
  while (Date.now() < end) {
    const answer = await ask()
    if (answer !== undefined) {
      return answer
    }
    await sleep(100)
  }
  throw new Error(`did not happen: ${what}`)
}
