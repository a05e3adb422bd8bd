interface Waiting {
  readonly mode: LockMode
  readonly grant: () => void
}

interface Held {
  exclusive: boolean
  shared: number
  readonly queue: Waiting[]
}

/** Web Locks as a browser with several tabs has them, without the browser. */
export class FakeLocks {
  private readonly locks = new Map<string, Held>()

  request = async <T>(name: string, ...rest: [LockOptions, (lock: Lock | null) => T] | [(lock: Lock | null) => T]) => {
    const options = rest.length === 2 ? rest[0] : {}
    const run = rest.length === 2 ? rest[1] : rest[0]
    const mode = options.mode ?? 'exclusive'
    const held = this.locks.get(name) ?? { exclusive: false, shared: 0, queue: [] }
    this.locks.set(name, held)
    const free = () => (mode === 'shared' ? !held.exclusive : !held.exclusive && held.shared === 0)
    if (options.ifAvailable === true && !free()) {
      return run(null)
    }
    if (!free() || held.queue.length > 0) {
      await new Promise<void>((resolve, reject) => {
        const waiting = { mode, grant: resolve }
        held.queue.push(waiting)
        options.signal?.addEventListener('abort', () => {
          held.queue.splice(held.queue.indexOf(waiting), 1)
          reject(new DOMException('aborted', 'AbortError'))
        })
      })
    }
    if (mode === 'shared') {
      held.shared++
    } else {
      held.exclusive = true
    }
    try {
      return await run({ name, mode })
    } finally {
      if (mode === 'shared') {
        held.shared--
      } else {
        held.exclusive = false
      }
      held.queue.shift()?.grant()
    }
  }
}

/** Gives this page locks that begin free. */
export function installLocks(): void {
  Object.defineProperty(navigator, 'locks', { configurable: true, value: new FakeLocks() })
}

/** Takes them away, as plain HTTP does. */
export function removeLocks(): void {
  Reflect.deleteProperty(navigator, 'locks')
}
