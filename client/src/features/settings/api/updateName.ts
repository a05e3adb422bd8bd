import { useMutation, useQueryClient } from '@tanstack/react-query'

import { api } from '../../../lib/api/api'
import { unwrap } from '../../../lib/api/client'
import { meQuery } from '../../../lib/session/session'

/** Changes the name that others see. */
export function useUpdateName() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (name: string) => unwrap(api.PATCH('/api/v1/me', { body: { name } })),
    onSuccess: (user) => client.setQueryData(meQuery.queryKey, user),
  })
}
