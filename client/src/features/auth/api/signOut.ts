import { useMutation, useQueryClient } from '@tanstack/react-query'

import { api } from '../../../lib/api/api'
import { unwrap } from '../../../lib/api/client'
import { meQuery } from '../../../lib/session/session'

/** Ends the session. Nothing of the one who leaves stays in the cache. */
export function useSignOut() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: () => unwrap(api.POST('/api/v1/auth/logout')),
    onSuccess: () => {
      client.clear()
      client.setQueryData(meQuery.queryKey, null)
    },
  })
}
