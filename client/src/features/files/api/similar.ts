import { queryOptions } from '@tanstack/react-query'

import { api } from '../../../lib/api/api'
import { unwrap } from '../../../lib/api/client'
import { fileKeys } from './keys'

/** The nearest of the files that look like one. */
export function similarQuery(id: string) {
  return queryOptions({
    queryKey: fileKeys.similar(id),
    queryFn: ({ signal }) =>
      unwrap(api.GET('/api/v1/files/{id}/similar', { params: { path: { id }, query: { limit: 24 } }, signal })),
    staleTime: 60_000,
  })
}
