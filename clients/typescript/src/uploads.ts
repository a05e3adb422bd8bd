import { unwrap, type ApiClient } from './api/client.js'
import type { Upload } from './api/types.js'

export interface UploadOptions {
  /** What the server shall call it; by default the name of the file. */
  readonly name?: string
  /** The file whose next version it shall become; by default it becomes a new file. */
  readonly fileId?: string
  /** The same key again gives the first upload, not a second one. */
  readonly idempotencyKey?: string
  readonly signal?: AbortSignal
}

/** Sends a picture. Once it is accepted it is not lost; `settled` tells what became of it. */
export async function upload(api: ApiClient, picture: Blob, options: UploadOptions = {}): Promise<Upload> {
  const form = new FormData()
  const name = options.name ?? (picture instanceof File ? picture.name : 'image')
  form.set('name', name)
  if (options.fileId !== undefined) {
    form.set('fileId', options.fileId)
  }
  form.set('file', picture, name) // the last part: the server reads what comes before it first
  return unwrap(
    api.POST('/api/v1/uploads', {
      body: { file: '' }, // the document's word for bytes is a string
      bodySerializer: () => form,
      ...(options.idempotencyKey === undefined ? {} : { params: { header: { 'Idempotency-Key': options.idempotencyKey } } }),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    }),
  )
}

export interface Waiting {
  /** Milliseconds between two looks; by default 1,000. */
  readonly every?: number
  readonly signal?: AbortSignal
}

const unsettled: readonly Upload['state'][] = ['receiving', 'processing']

/**
 * Looks at an upload until nothing more happens to it by itself: it is done,
 * rejected, canceled or failed, or stalled and waits for a person.
 */
export async function settled(api: ApiClient, id: string, { every = 1000, signal }: Waiting = {}): Promise<Upload> {
  for (;;) {
    const now = await unwrap(
      api.GET('/api/v1/uploads/{id}', { params: { path: { id } }, ...(signal === undefined ? {} : { signal }) }),
    )
    if (!unsettled.includes(now.state)) {
      return now
    }
    await new Promise((resolve) => setTimeout(resolve, every))
    signal?.throwIfAborted()
  }
}
