import { useMutation, useQueryClient } from '@tanstack/react-query'

import { api } from '../../../lib/api/api'
import { unwrap } from '../../../lib/api/client'
import type { Token } from '../../../lib/api/types'
import { tokensQuery } from './tokens'

export interface WantedToken {
  readonly name: string
  readonly scopes: Token['scopes']
  /** null: good until it is deleted. */
  readonly expiresInDays: number | null
}

/** Makes a token. What makes it one is in this answer alone. */
export function useCreateToken() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: ({ name, scopes, expiresInDays }: WantedToken) =>
      unwrap(
        api.POST('/api/v1/me/tokens', {
          body: { name, scopes, ...(expiresInDays === null ? {} : { expiresInDays }) },
        }),
      ),
    // The answer is shown once and kept nowhere.
    gcTime: 0,
    onSuccess: () => client.invalidateQueries({ queryKey: tokensQuery.queryKey }),
  })
}
