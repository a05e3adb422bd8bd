import { queryOptions, useQuery, useQueryClient } from '@tanstack/react-query'

import { api } from '../../../lib/api/api'
import { unwrap } from '../../../lib/api/client'
import type { StoredFile } from '../../../lib/api/types'
import { findFile } from './cache'
import { fileKeys } from './keys'

export function fileQuery(id: string) {
  return queryOptions({
    queryKey: fileKeys.one(id),
    queryFn: ({ signal }): Promise<StoredFile> =>
      unwrap(api.GET('/api/v1/files/{id}', { params: { path: { id } }, signal })),
  })
}

/** One file; what a list knows of it is shown until the server has answered. */
export function useFile(id: string) {
  const client = useQueryClient()
  return useQuery({ ...fileQuery(id), placeholderData: () => findFile(client, id) })
}
