import { useMutation, useQueryClient } from '@tanstack/react-query'

import { api } from '../../../lib/api/api'
import { ApiError, unwrap } from '../../../lib/api/client'
import { useNotify } from '../../../lib/notify'
import { putUploads } from './putUploads'
import { lookAgain } from './lookAgain'

/** Lets a stalled upload take up its step again. */
export function useRetryUpload() {
  const client = useQueryClient()
  const notify = useNotify()
  return useMutation({
    mutationFn: (id: string) => unwrap(api.POST('/api/v1/uploads/{id}/retry', { params: { path: { id } } })),
    onSuccess: (upload) => putUploads(client, [upload]),
    onError: (error, id) => {
      notify.failed(error)
      if (error instanceof ApiError && error.status === 409) {
        void lookAgain(client, id)
      }
    },
  })
}
