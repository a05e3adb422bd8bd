import { useMutation } from '@tanstack/react-query'

import { api } from '../../../lib/api/api'
import { unwrap } from '../../../lib/api/client'

/** Makes a link by which a user sets a new password. One made before ends. */
export function useResetLink() {
  return useMutation({
    mutationFn: (id: string) =>
      unwrap(api.POST('/api/v1/admin/users/{id}/reset-password', { params: { path: { id } } })),
  })
}
