import { useMutation, useQueryClient } from '@tanstack/react-query'

import { api } from '../../../lib/api/api'
import { unwrap } from '../../../lib/api/client'
import type { components } from '../../../lib/api/schema.gen'

/** Changes a webhook. With rotateSecret the answer has the new secret. */
export function useUpdateWebhook() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: ({ id, ...body }: components['schemas']['UpdateWebhookInputBody'] & { id: string }) =>
      unwrap(api.PATCH('/api/v1/admin/webhooks/{id}', { params: { path: { id } }, body })),
    onSettled: () => {
      void client.invalidateQueries({ queryKey: ['admin', 'webhooks'] })
    },
  })
}
