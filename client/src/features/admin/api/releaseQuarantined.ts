import { useMutation, useQueryClient } from '@tanstack/react-query'

import { api } from '../../../lib/api/api'
import { unwrap } from '../../../lib/api/client'

/** Sends a false positive on through the steps, as a new upload of its owner. */
export function useReleaseQuarantined() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: ({ id, reason, password }: { id: string; reason: string; password: string }) =>
      unwrap(
        api.POST('/api/v1/admin/quarantine/{id}/release', { params: { path: { id } }, body: { reason, password } }),
      ),
    onSettled: () => {
      void client.invalidateQueries({ queryKey: ['admin', 'quarantine'] })
      void client.invalidateQueries({ queryKey: ['admin', 'stats'] })
    },
  })
}
