import { useMutation } from '@tanstack/react-query'

import { api } from '../../../lib/api/api'
import { unwrap } from '../../../lib/api/client'

/** Signs in; the session is in cookies that scripts cannot read. The answer says who it is. */
export function useSignIn() {
  return useMutation({
    mutationFn: (body: { readonly email: string; readonly password: string }) =>
      unwrap(api.POST('/api/v1/auth/login', { body })),
  })
}
