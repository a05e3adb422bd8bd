import { useMutation, useQueryClient } from '@tanstack/react-query'

import { api } from '../../../lib/api/api'
import { ApiError, unwrap } from '../../../lib/api/client'
import { useNotify } from '../../../lib/notify'
import { putUploads } from './putUploads'
import { lookAgain } from './lookAgain'

/** Cancels an upload that the server works on. */
export function useCancelUpload() {
  const client = useQueryClient()
  const notify = useNotify()
  return useMutation({
    mutationFn: (id: string) => unwrap(api.POST('/api/v1/uploads/{id}/cancel', { params: { path: { id } } })),
    onSuccess: (upload) => putUploads(client, [upload]),
    onError: (error, id) => {
      notify.failed(error)
      if (error instanceof ApiError && error.status === 409) {
        void lookAgain(client, id)
      }
    },
  })
}

/** Ends on the server an upload of which not all bytes were sent. It may have come to its end unseen: then it is canceled. */
export async function discardUpload(id: string): Promise<void> {
  try {
    await unwrap(api.POST('/api/v1/uploads/{id}/cancel', { params: { path: { id } } }))
  } catch (error) {
    if (!(error instanceof ApiError) || error.status === 0 || error.status >= 500) {
      throw error
    }
    // It is finished or gone, which is all that was wanted.
  }
}
