import { useMutation, useQueryClient } from '@tanstack/react-query'

import { api } from '../../../lib/api/api'
import { unwrap } from '../../../lib/api/client'

/** Starts a check, with repairs or without. */
export function useStartIntegrity() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (repair: boolean) => unwrap(api.POST('/api/v1/admin/integrity', { body: { repair } })),
    onSettled: () => {
      void client.invalidateQueries({ queryKey: ['admin', 'integrity'] })
    },
  })
}
