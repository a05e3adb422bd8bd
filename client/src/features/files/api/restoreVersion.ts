import { useMutation, useQueryClient } from '@tanstack/react-query'

import { api } from '../../../lib/api/api'
import { unwrap } from '../../../lib/api/client'
import { fileKeys } from './keys'

/** Makes an old version current, as a new one. */
export function useRestoreVersion(id: string) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (number: number) =>
      unwrap(api.POST('/api/v1/files/{id}/versions/{number}/restore', { params: { path: { id, number } } })),
    onSuccess: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: fileKeys.one(id) }),
        client.invalidateQueries({ queryKey: fileKeys.versions(id) }),
      ]),
  })
}
