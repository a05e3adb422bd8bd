import type { DetailedError, HttpResponse, Upload } from 'tus-js-client'

import { apiBase } from '../../../lib/api/api'
import type { Failure } from './failure'

/** The bytes of one request. What a broken one has sent is kept by the server, save for the first of a file. */
const chunkSize = 4 << 20

export interface AttemptRequest {
  readonly file: File
  readonly name: string
  readonly fileId: string | null
  /** Where it was begun; null to begin. */
  readonly url: string | null
}

export interface AttemptEvents {
  onUrl(url: string): void
  onProgress(sent: number): void
  /** The server has taken what was sent so far. */
  onTaken(): void
  onSent(uploadId: string): void
  onFailure(failure: Failure): void
}

/** Sends a file from where the server has it to its end, or to the first failure. */
export interface Attempt {
  /** Ends it without another event. */
  stop(): void
}

export type StartAttempt = (request: AttemptRequest, events: AttemptEvents) => Attempt

/** Sends by the tus protocol. */
export const startAttempt: StartAttempt = (request, events) => {
  let over = false
  let upload: Upload | null = null
  const live =
    <A extends unknown[]>(run: (...args: A) => void) =>
    (...args: A) => {
      if (!over) {
        run(...args)
      }
    }
  const begin = async () => {
    // Loaded when there is something to send: the first page does not wait for it.
    const tus = await import('tus-js-client')
    if (over) {
      return
    }
    upload = new tus.Upload(request.file, {
      // Without an endpoint a refused resumption is told, and not begun anew behind our back.
      endpoint: request.url === null ? new URL(`${apiBase}/api/v1/uploads/tus/`, location.href).href : null,
      uploadUrl: request.url,
      metadata: { filename: request.name, ...(request.fileId === null ? {} : { fileId: request.fileId }) },
      chunkSize,
      // Small files take one request. Of larger ones every byte can be resumed.
      uploadDataDuringCreation: request.file.size <= chunkSize,
      storeFingerprintForResuming: false,
      retryDelays: null,
      onBeforeRequest: (outgoing) => {
        const xhr: unknown = outgoing.getUnderlyingObject()
        if (xhr instanceof XMLHttpRequest) {
          xhr.withCredentials = true
        }
      },
      onUploadUrlAvailable: live(() => events.onUrl(upload?.url ?? '')),
      onProgress: live((sent) => events.onProgress(sent)),
      onChunkComplete: live(() => events.onTaken()),
      onSuccess: live(({ lastResponse }) => events.onSent(uploadIdOf(lastResponse, upload?.url ?? ''))),
      onError: live((error) => events.onFailure(failureOf(error))),
    })
    upload.start()
  }
  begin().catch(live(() => events.onFailure(failureOf(null))))
  return {
    stop: () => {
      over = true
      // Without termination an abort only ends the request under way.
      void upload?.abort()
    },
  }
}

/** The upload's id: what the server calls it, or the last part of where it was sent. */
function uploadIdOf(response: HttpResponse, url: string): string {
  return response.getHeader('Safelight-Upload-Id') ?? idFromUrl(url)
}

export function idFromUrl(url: string): string {
  return url.slice(url.lastIndexOf('/') + 1)
}

function failureOf(error: Error | DetailedError | null): Failure {
  const response = error !== null && 'originalResponse' in error ? error.originalResponse : null
  const problem = parse(response?.getBody() ?? '')
  const retryAfter = Number(response?.getHeader('Retry-After') ?? NaN)
  return {
    status: response?.getStatus() ?? 0,
    code: problem.code ?? 'unknown',
    detail: problem.detail ?? null,
    requestId: problem.requestId ?? response?.getHeader('X-Request-Id') ?? null,
    retryAfter: Number.isFinite(retryAfter) ? retryAfter : null,
  }
}

function parse(body: string): { code?: string; detail?: string; requestId?: string } {
  try {
    const value: unknown = JSON.parse(body)
    return typeof value === 'object' && value !== null ? value : {}
  } catch {
    return {} // from a proxy, or none
  }
}
