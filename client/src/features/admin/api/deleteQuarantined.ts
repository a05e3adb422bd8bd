import { useMutation, useQueryClient } from '@tanstack/react-query'

import { api } from '../../../lib/api/api'
import { unwrap } from '../../../lib/api/client'

/** Deletes a locked-up original for good. */
export function useDeleteQuarantined() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (id: string) => unwrap(api.DELETE('/api/v1/admin/quarantine/{id}', { params: { path: { id } } })),
    onSettled: () => {
      void client.invalidateQueries({ queryKey: ['admin', 'quarantine'] })
      void client.invalidateQueries({ queryKey: ['admin', 'stats'] })
    },
  })
}
