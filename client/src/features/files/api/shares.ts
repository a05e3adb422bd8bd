import { infiniteQueryOptions } from '@tanstack/react-query'

import { api } from '../../../lib/api/api'
import { unwrap } from '../../../lib/api/client'
import { fileKeys } from './keys'

/** The public links of a file, newest first. */
export function sharesQuery(id: string) {
  return infiniteQueryOptions({
    queryKey: fileKeys.shares(id),
    queryFn: ({ pageParam, signal }) => {
      const query = { limit: 50, ...(pageParam === null ? {} : { cursor: pageParam }) }
      return unwrap(api.GET('/api/v1/files/{id}/shares', { params: { path: { id }, query }, signal }))
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.nextCursor,
    // Views are counted as they happen, and no event tells of them.
    staleTime: 0,
  })
}
