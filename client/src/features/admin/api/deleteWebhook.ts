import { useMutation, useQueryClient } from '@tanstack/react-query'

import { api } from '../../../lib/api/api'
import { unwrap } from '../../../lib/api/client'

/** Deletes a webhook and the record of its deliveries. */
export function useDeleteWebhook() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (id: string) => unwrap(api.DELETE('/api/v1/admin/webhooks/{id}', { params: { path: { id } } })),
    onSettled: () => {
      void client.invalidateQueries({ queryKey: ['admin', 'webhooks'] })
    },
  })
}
