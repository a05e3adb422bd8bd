import type { QueryClient } from '@tanstack/react-query'

import { api } from '../../../lib/api/api'
import { unwrap } from '../../../lib/api/client'
import { putUploads } from './putUploads'

/** Asks for the present picture of an upload that was taken for another. */
export async function lookAgain(client: QueryClient, id: string): Promise<void> {
  try {
    putUploads(client, [await unwrap(api.GET('/api/v1/uploads/{id}', { params: { path: { id } } }))])
  } catch {
    // What was tried has failed, and was told; the event stream tells the rest.
  }
}
