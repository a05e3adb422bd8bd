import { useMutation, useQueryClient } from '@tanstack/react-query'

import { api } from '../../../lib/api/api'
import { unwrap } from '../../../lib/api/client'
import { fileKeys } from './keys'

/** Ends a public link. It cannot be brought back. */
export function useEndShare(id: string) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (shareId: string) =>
      unwrap(api.DELETE('/api/v1/files/{id}/shares/{shareId}', { params: { path: { id, shareId } } })),
    onSuccess: () => client.invalidateQueries({ queryKey: fileKeys.shares(id) }),
  })
}
