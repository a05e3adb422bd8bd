import { type QueryClient, queryOptions, useQuery, useSuspenseQuery } from '@tanstack/react-query'
import { create } from 'zustand'

import { api } from '../api/api'
import { ApiError, unwrap } from '../api/client'
import type { Config, User } from '../api/types'
import { forget, readText, writeText } from '../storage'

const hereKey = 'safelight.signed-in'

/** Whether this browser remembers a sign-in: the sign-in page need not wait for the server to say that nobody is. */
export function mayBeSignedIn(): boolean {
  return readText(hereKey) !== null
}

function remember(user: User | null): User | null {
  if (user === null) {
    forget(hereKey)
  } else {
    writeText(hereKey, '1')
    letIn()
  }
  return user
}

let open: () => void = () => undefined
const opened = new Promise<void>((resolve) => {
  open = resolve
})

/** Resolves as soon as somebody may be signed in. */
export async function somebody(): Promise<void> {
  if (!mayBeSignedIn()) {
    await opened
  }
}

/** Lets those go on who wait for somebody, though this browser remembers nobody. */
export function letIn(): void {
  open()
}

/** Why somebody who was signed in is not any more; the sign-in page says so. */
export type Ending = 'suspended' | 'password-set'

export const useEnding = create<{ readonly why: Ending | null }>()(() => ({ why: null }))

/** Who is signed in here; null is nobody. */
export const meQuery = queryOptions({
  queryKey: ['me'],
  queryFn: async ({ signal }): Promise<User | null> => {
    try {
      return remember(await unwrap(api.GET('/api/v1/me', { signal })))
    } catch (error) {
      if (error instanceof ApiError && error.code === 'account_suspended') {
        useEnding.setState({ why: 'suspended' })
        return null // and remembered: the sign-in page asks again, and says why
      }
      if (error instanceof ApiError && error.status === 401) {
        return remember(null)
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

/** Lets a person in: what was remembered of whoever was here before is not for them. */
export function enter(client: QueryClient, user: User): void {
  useEnding.setState({ why: null })
  client.setQueryData(meQuery.queryKey, remember(user))
  // Whether the system is fresh has just changed.
  void client.invalidateQueries({ queryKey: configQuery.queryKey })
}

/** Shows the sign-in page. Nothing of the one who leaves stays in the cache. */
export function leave(client: QueryClient, why: Ending | null = null): void {
  useEnding.setState({ why })
  void client.cancelQueries()
  // The page listens to this very entry, so it is set, not removed.
  client.setQueryData(meQuery.queryKey, why === 'suspended' ? null : remember(null))
  const kept: readonly unknown[] = [meQuery.queryKey[0], configQuery.queryKey[0]]
  client.removeQueries({ predicate: ({ queryKey }) => !kept.includes(queryKey[0]) })
  client.getMutationCache().clear()
}
