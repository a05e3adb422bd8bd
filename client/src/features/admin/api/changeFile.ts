import { useMutation, useQueryClient } from '@tanstack/react-query'

import { api } from '../../../lib/api/api'
import { unwrap } from '../../../lib/api/client'

interface Change {
  readonly id: string
  /** delete is for good; trash can be taken back. */
  readonly action: 'trash' | 'restore' | 'delete'
}

/** Trashes, restores or deletes anybody's file. */
export function useChangeFile() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: async ({ id, action }: Change): Promise<void> => {
      if (action === 'restore') {
        await unwrap(api.POST('/api/v1/files/{id}/restore', { params: { path: { id } } }))
        return
      }
      const query = action === 'delete' ? { permanent: true } : {}
      await unwrap(api.DELETE('/api/v1/files/{id}', { params: { path: { id }, query } }))
    },
    onSettled: () => {
      void client.invalidateQueries({ queryKey: ['admin', 'files'] })
      void client.invalidateQueries({ queryKey: ['admin', 'stats'] })
    },
  })
}
