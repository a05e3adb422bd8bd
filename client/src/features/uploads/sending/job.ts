import type { Row } from '../stores/transfers'
import type { Attempt } from './attempt'
import { Meter } from './speed'

/** A file whose bytes this tab has, and how far they are. */
export interface Job {
  readonly file: File
  readonly fileId: string | null
  /** Where the server takes its bytes, once it was begun. */
  url: string | null
  attempt: Attempt | null
  meter: Meter
  sent: number
  /** Failures since the server last took bytes. */
  failures: number
  /** Whether the session was renewed for it, and nothing came through since. */
  renewed: boolean
  /** Runs while it waits for another try. */
  timer: ReturnType<typeof setTimeout> | null
}

export type Jobs = ReadonlyMap<string, Job>

export function newJob(file: File, fileId: string | null, url: string | null): Job {
  return { file, fileId, url, attempt: null, meter: new Meter(), sent: 0, failures: 0, renewed: false, timer: null }
}

/** Makes it one that begins anew. */
export function startOver(job: Job): void {
  Object.assign(job, { url: null, sent: 0, failures: 0, renewed: false })
}

export function rowOf(id: string, { file, fileId }: Job): Row {
  const { name, size } = file
  return { id, name, size, fileId, uploadId: null, kept: false, transfer: { stage: 'waiting' } }
}

/** Whether its bytes are still there: a file that was changed or deleted meanwhile fails as a lost network does. */
export async function isReadable({ file }: Job): Promise<boolean> {
  try {
    await file.slice(0, 1).arrayBuffer()
    return true
  } catch {
    return false
  }
}
