import { useMutation, useQueryClient } from '@tanstack/react-query'

import { api } from '../../../lib/api/api'
import { unwrap } from '../../../lib/api/client'
import type { Share, StoredFile } from '../../../lib/api/types'
import { fileKeys } from './keys'

export interface ShareOrder {
  readonly files: readonly StoredFile[]
  readonly expiresInHours: number
  /** Empty for none. */
  readonly password: string
}

/** A link that was made, and the file it leads to. */
export interface Shared {
  readonly file: StoredFile
  readonly share: Share
}

/** Makes a public link to each of the files. */
export function useCreateShares() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: async ({ files, expiresInHours, password }: ShareOrder): Promise<Shared[]> => {
      const shared: Shared[] = []
      for (const file of files) {
        const body = { expiresInHours, ...(password === '' ? {} : { password }) }
        const share = await unwrap(api.POST('/api/v1/files/{id}/shares', { params: { path: { id: file.id } }, body }))
        shared.push({ file, share })
      }
      return shared
    },
    onSettled: (_, __, { files }) => {
      files.forEach(({ id }) => void client.invalidateQueries({ queryKey: fileKeys.shares(id) }))
    },
  })
}
