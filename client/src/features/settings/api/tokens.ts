import { infiniteQueryOptions, useMutation, useQueryClient } from '@tanstack/react-query'

import { api } from '../../../lib/api/api'
import { unwrap } from '../../../lib/api/client'
import type { Page, Token } from '../../../lib/api/types'

/** My personal access tokens, newest first. */
export const tokensQuery = infiniteQueryOptions({
  queryKey: ['settings', 'tokens'],
  queryFn: ({ pageParam, signal }): Promise<Page<Token>> =>
    unwrap(
      api.GET('/api/v1/me/tokens', {
        params: { query: { limit: 200, ...(pageParam === null ? {} : { cursor: pageParam }) } },
        signal,
      }),
    ),
  initialPageParam: null as string | null,
  getNextPageParam: ({ nextCursor }) => nextCursor,
})

/** Deletes a token: programs that use it are refused from then on. */
export function useDeleteToken() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (id: string) => unwrap(api.DELETE('/api/v1/me/tokens/{id}', { params: { path: { id } } })),
    onSettled: () => client.invalidateQueries({ queryKey: tokensQuery.queryKey }),
  })
}
