import { infiniteQueryOptions, keepPreviousData } from '@tanstack/react-query'

import { api } from '../../../lib/api/api'
import { unwrap } from '../../../lib/api/client'
import type { Page, User } from '../../../lib/api/types'

export const roles = ['user', 'admin'] as const
export const statuses = ['active', 'suspended'] as const

export interface UsersFilters {
  readonly q?: string
  readonly role?: (typeof roles)[number]
  readonly status?: (typeof statuses)[number]
  readonly limit?: number
}

/** Accounts, newest first. */
export const usersQuery = (filters: UsersFilters) =>
  infiniteQueryOptions({
    queryKey: ['admin', 'users', filters],
    queryFn: ({ signal, pageParam }): Promise<Page<User>> =>
      unwrap(
        api.GET('/api/v1/admin/users', {
          params: { query: { ...filters, ...(pageParam === null ? {} : { cursor: pageParam }) } },
          signal,
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.nextCursor,
    placeholderData: keepPreviousData,
  })
