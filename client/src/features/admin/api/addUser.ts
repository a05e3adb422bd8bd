import { useMutation, useQueryClient } from '@tanstack/react-query'

import { api } from '../../../lib/api/api'
import { unwrap } from '../../../lib/api/client'
import type { components } from '../../../lib/api/schema.gen'

/** Makes an account; the answer has the link by which its user sets a password. */
export function useAddUser() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (body: components['schemas']['AddUserInputBody']) => unwrap(api.POST('/api/v1/admin/users', { body })),
    onSettled: () => {
      void client.invalidateQueries({ queryKey: ['admin', 'users'] })
      void client.invalidateQueries({ queryKey: ['admin', 'stats'] })
    },
  })
}
