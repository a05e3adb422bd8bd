import { useMutation, useQueryClient } from '@tanstack/react-query'

import { api } from '../../../lib/api/api'
import { unwrap } from '../../../lib/api/client'
import type { components } from '../../../lib/api/schema.gen'

/** Changes an account. */
export function useUpdateUser() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: ({ id, ...body }: components['schemas']['UpdateUserInputBody'] & { id: string }) =>
      unwrap(api.PATCH('/api/v1/admin/users/{id}', { params: { path: { id } }, body })),
    onSettled: () => {
      void client.invalidateQueries({ queryKey: ['admin', 'users'] })
      void client.invalidateQueries({ queryKey: ['admin', 'stats'] })
    },
  })
}
