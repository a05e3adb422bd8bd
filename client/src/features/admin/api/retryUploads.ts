import { useMutation, useQueryClient } from '@tanstack/react-query'

import { api } from '../../../lib/api/api'
import { unwrap } from '../../../lib/api/client'
import type { components } from '../../../lib/api/schema.gen'

/** Has every stalled upload that matches take its step up again, whoever its owner is. */
export function useRetryUploads() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (body: components['schemas']['RetryAllInputBody']) =>
      unwrap(api.POST('/api/v1/admin/uploads/retry', { body })),
    onSettled: () => {
      void client.invalidateQueries({ queryKey: ['admin', 'uploads'] })
      void client.invalidateQueries({ queryKey: ['admin', 'stats'] })
    },
  })
}
