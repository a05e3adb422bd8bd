import { useMutation } from '@tanstack/react-query'

import { api } from '../../../lib/api/api'
import { unwrap } from '../../../lib/api/client'

/** Makes an account and signs in with it. */
export function useRegister() {
  return useMutation({
    mutationFn: (body: { readonly name: string; readonly email: string; readonly password: string }) =>
      unwrap(api.POST('/api/v1/auth/register', { body })),
  })
}
