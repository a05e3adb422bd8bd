import { useMutation, useQueryClient } from '@tanstack/react-query'

import { api } from '../../../lib/api/api'
import { unwrap } from '../../../lib/api/client'
import { meQuery } from '../../../lib/session/session'

/** Signs in; the session is in cookies that scripts cannot read. */
export function useSignIn() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (body: { email: string; password: string }) => unwrap(api.POST('/api/v1/auth/login', { body })),
    onSuccess: ({ user }) => {
      client.setQueryData(meQuery.queryKey, user)
    },
  })
}
