import { useMutation } from '@tanstack/react-query'

import { api } from '../../../lib/api/api'
import { unwrap } from '../../../lib/api/client'

/** Signs a user out everywhere. */
export function useEndSessions() {
  return useMutation({
    mutationFn: (id: string) => unwrap(api.DELETE('/api/v1/admin/users/{id}/sessions', { params: { path: { id } } })),
  })
}
