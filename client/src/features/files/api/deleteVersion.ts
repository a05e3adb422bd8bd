import { useMutation, useQueryClient } from '@tanstack/react-query'

import { api } from '../../../lib/api/api'
import { unwrap } from '../../../lib/api/client'
import { meQuery } from '../../../lib/session/session'
import { fileKeys } from './keys'

/** Deletes a version that is not current, for good. */
export function useDeleteVersion(id: string) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (number: number) =>
      unwrap(api.DELETE('/api/v1/files/{id}/versions/{number}', { params: { path: { id, number } } })),
    onSuccess: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: fileKeys.one(id) }),
        client.invalidateQueries({ queryKey: fileKeys.versions(id) }),
        client.invalidateQueries({ queryKey: meQuery.queryKey }),
      ]),
  })
}
