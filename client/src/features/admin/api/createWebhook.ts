import { useMutation, useQueryClient } from '@tanstack/react-query'

import { api } from '../../../lib/api/api'
import { unwrap } from '../../../lib/api/client'
import type { components } from '../../../lib/api/schema.gen'

/** Makes a webhook; the answer has its secret. */
export function useCreateWebhook() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (body: components['schemas']['CreateWebhookInputBody']) =>
      unwrap(api.POST('/api/v1/admin/webhooks', { body })),
    onSettled: () => {
      void client.invalidateQueries({ queryKey: ['admin', 'webhooks'] })
    },
  })
}
