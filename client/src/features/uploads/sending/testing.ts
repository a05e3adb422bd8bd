import type { Config, Upload } from '../../../lib/api/types'
import type { AttemptEvents, AttemptRequest, StartAttempt } from './attempt'
import type { Failure } from './failure'
import type { Keeper, KeptFile } from './kept'

export const config: Config = {
  version: 'test',
  acceptedTypes: ['image/jpeg', 'image/png'],
  registrationOpen: true,
  fresh: false,
  limits: {
    bytes: 1000,
    pixels: 100_000_000,
    frames: 1000,
    nameLength: 20,
    concurrentUploads: 32,
    eventStreams: 64,
  },
  retention: { trashSeconds: 1, sessionSeconds: 1, idleSeconds: 1 },
}

/** A file that is a JPEG by its first bytes. */
export function photo(name: string, size = 100): File {
  const bytes = new Uint8Array(size)
  bytes.set([0xff, 0xd8, 0xff, 0xe0].slice(0, size))
  return new File([bytes], name, { type: 'image/jpeg' })
}

export function upload(change: Partial<Upload> & Pick<Upload, 'id'>): Upload {
  const names = ['scan', 'dedup', 'compress', 'move', 'version', 'notify']
  return {
    name: 'cat.jpg',
    size: 1_000_000,
    sha256: null,
    mimeType: 'image/jpeg',
    state: 'processing',
    percent: 0,
    steps: names.map((name) => ({
      name,
      state: 'pending',
      attempt: 0,
      startedAt: null,
      finishedAt: null,
      message: null,
    })),
    outcome: null,
    rejection: null,
    fileId: null,
    versionNumber: null,
    duplicateOf: null,
    storedSize: null,
    workflowId: `upload-${change.id}`,
    seq: 1,
    createdAt: '2026-05-01T10:00:00Z',
    finishedAt: null,
    ...change,
  }
}

export function failure(status: number, change: Partial<Failure> = {}): Failure {
  return { status, code: 'unknown', detail: null, requestId: null, retryAfter: null, ...change }
}

export interface FakeAttempt {
  readonly request: AttemptRequest
  readonly events: AttemptEvents
  stopped: boolean
}

/** Attempts that do what a test tells them to. */
export function fakeAttempts() {
  const made: FakeAttempt[] = []
  const start: StartAttempt = (request, events) => {
    const attempt: FakeAttempt = { request, events, stopped: false }
    made.push(attempt)
    return {
      stop: () => {
        attempt.stopped = true
      },
    }
  }
  /** The newest attempt at a file. */
  const at = (name: string) => {
    const found = made.findLast(({ request }) => request.name === name)
    if (found === undefined) {
      throw new Error(`${name} was not begun`)
    }
    return found
  }
  return { made, start, at }
}

/** Keeps in memory what a browser would. */
export function fakeKeeper(kept: KeptFile[] = []): Keeper & { readonly kept: Map<string, KeptFile> } {
  const all = new Map(kept.map((file) => [file.id, file]))
  return {
    kept: all,
    keep: (file) => {
      all.set(file.id, { ...file, userId: 'u', tab: 't' })
      return Promise.resolve(true)
    },
    change: (id, change) => {
      const old = all.get(id)
      if (old !== undefined) {
        all.set(id, { ...old, ...change })
      }
      return Promise.resolve()
    },
    drop: (ids) => {
      for (const id of ids) {
        all.delete(id)
      }
      return Promise.resolve()
    },
    adopt: () => Promise.resolve([...all.values()]),
    wipe: () => {
      all.clear()
      return Promise.resolve()
    },
  }
}
