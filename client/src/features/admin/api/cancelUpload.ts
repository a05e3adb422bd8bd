import { useMutation, useQueryClient } from '@tanstack/react-query'

import { api } from '../../../lib/api/api'
import { unwrap } from '../../../lib/api/client'

/** Stops an upload; what was done is taken back. */
export function useCancelUpload() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (id: string) => unwrap(api.POST('/api/v1/admin/uploads/{id}/cancel', { params: { path: { id } } })),
    onSettled: () => {
      void client.invalidateQueries({ queryKey: ['admin', 'uploads'] })
    },
  })
}
