import { useMutation, useQueryClient } from '@tanstack/react-query'

import { api } from '../../../lib/api/api'
import { unwrap } from '../../../lib/api/client'
import { putFile } from './cache'
import { fileKeys } from './keys'

/** Renames a file. The server may clean the name. */
export function useRenameFile(id: string) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (name: string) => unwrap(api.PATCH('/api/v1/files/{id}', { params: { path: { id } }, body: { name } })),
    onSuccess: (file) => {
      putFile(client, file)
      void client.invalidateQueries({ queryKey: fileKeys.lists, refetchType: 'none' })
    },
  })
}
