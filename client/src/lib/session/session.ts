import { queryOptions, useQuery, useSuspenseQuery } from '@tanstack/react-query'

import { api } from '../api/api'
import { ApiError, unwrap } from '../api/client'
import type { Config, User } from '../api/types'

/** Who is signed in here; null is nobody. */
export const meQuery = queryOptions({
  queryKey: ['me'],
  queryFn: async ({ signal }): Promise<User | null> => {
    try {
      return await unwrap(api.GET('/api/v1/me', { signal }))
    } catch (error) {
      if (error instanceof ApiError && (error.status === 401 || error.code === 'account_suspended')) {
        return null
      }
      throw error
    }
  },
  staleTime: 60_000,
})

/** What the server takes and for how long it keeps it. */
export const configQuery = queryOptions({
  queryKey: ['config'],
  queryFn: ({ signal }): Promise<Config> => unwrap(api.GET('/api/v1/config', { signal })),
  staleTime: 5 * 60_000,
})

/** The person who is signed in. Only below RequireUser, which sees to it that there is one. */
export function useMe(): User {
  const { data } = useSuspenseQuery(meQuery)
  if (data === null) {
    throw new Error('useMe outside of RequireUser')
  }
  return data
}

/** The server's limits, once they are known. */
export function useConfig(): Config | undefined {
  return useQuery(configQuery).data
}
