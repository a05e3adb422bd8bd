import { useMutation } from '@tanstack/react-query'

import { api } from '../../../lib/api/api'
import { unwrap } from '../../../lib/api/client'

/** Sets a new password by a one-time link. Every session of the account ends. */
export function useResetPassword() {
  return useMutation({
    mutationFn: (body: { readonly token: string; readonly newPassword: string }) =>
      unwrap(api.POST('/api/v1/auth/reset', { body })),
  })
}
