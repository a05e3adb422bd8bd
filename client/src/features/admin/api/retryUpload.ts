import { useMutation, useQueryClient } from '@tanstack/react-query'

import { api } from '../../../lib/api/api'
import { unwrap } from '../../../lib/api/client'

/** Has a stalled upload take its step up again. */
export function useRetryUpload() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (id: string) => unwrap(api.POST('/api/v1/admin/uploads/{id}/retry', { params: { path: { id } } })),
    onSettled: () => {
      void client.invalidateQueries({ queryKey: ['admin', 'uploads'] })
    },
  })
}
