import { useMutation, useQueryClient } from '@tanstack/react-query'

import { api } from '../../../lib/api/api'
import { unwrap } from '../../../lib/api/client'

/** Sends a message again that was delivered or given up. */
export function useRedeliver() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: ({ id, deliveryId }: { id: string; deliveryId: string }) =>
      unwrap(
        api.POST('/api/v1/admin/webhooks/{id}/deliveries/{deliveryId}/redeliver', {
          params: { path: { id, deliveryId } },
        }),
      ),
    onSettled: () => {
      void client.invalidateQueries({ queryKey: ['admin', 'webhooks'] })
    },
  })
}
