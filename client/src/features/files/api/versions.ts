import { infiniteQueryOptions, useInfiniteQuery } from '@tanstack/react-query'
import { useMemo } from 'react'

import { api } from '../../../lib/api/api'
import { unwrap } from '../../../lib/api/client'
import type { Version } from '../../../lib/api/types'
import { fileKeys } from './keys'

/** A file's versions, newest first. */
export function versionsQuery(id: string) {
  return infiniteQueryOptions({
    queryKey: fileKeys.versions(id),
    queryFn: ({ pageParam, signal }) => {
      const query = { limit: 50, ...(pageParam === null ? {} : { cursor: pageParam }) }
      return unwrap(api.GET('/api/v1/files/{id}/versions', { params: { path: { id }, query }, signal }))
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.nextCursor,
  })
}

const none: readonly Version[] = []

export function useVersions(id: string) {
  const query = useInfiniteQuery(versionsQuery(id))
  const { data } = query
  return { ...query, versions: useMemo(() => data?.pages.flatMap((page) => page.items) ?? none, [data]) }
}

/** Where the bytes of a version are. */
export function versionUrl(id: string, version: number, variant: 'full' | 'preview' | 'thumb'): string {
  return `/api/v1/files/${id}/content?variant=${variant}&version=${version}`
}
