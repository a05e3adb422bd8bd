import { infiniteQueryOptions, useInfiniteQuery } from '@tanstack/react-query'
import { useCallback, useMemo } from 'react'

import { api } from '../../../lib/api/api'
import { unwrap } from '../../../lib/api/client'
import type { FilePage, StoredFile } from '../../../lib/api/types'
import type { ListParams } from '../listParams'
import { fileKeys } from './keys'

const pageSize = 200

/** My files, page by page. */
export function filesQuery(params: ListParams) {
  return infiniteQueryOptions({
    queryKey: fileKeys.list(params),
    queryFn: ({ pageParam, signal }): Promise<FilePage> => {
      const { q, sort, order, trashed } = params
      const query = {
        sort,
        order,
        trashed,
        limit: pageSize,
        ...(q === '' ? {} : { q }),
        ...(pageParam === null ? {} : { cursor: pageParam }),
      }
      return unwrap(api.GET('/api/v1/files', { params: { query }, signal }))
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.nextCursor,
    // Comparing very long lists field by field takes longer than drawing what is seen of them.
    structuralSharing: false,
  })
}

const nothing: readonly StoredFile[] = []

/** The files of a list that have been loaded, and how to load more. */
export function useFiles(params: ListParams, enabled = true) {
  const query = useInfiniteQuery({
    ...filesQuery(params),
    enabled,
    placeholderData: (last, lastQuery) => (lastQuery?.queryKey[2].trashed === params.trashed ? last : undefined),
  })
  const { data, hasNextPage, isFetching, isFetchNextPageError, fetchNextPage } = query
  const files = useMemo(() => data?.pages.flatMap((page) => page.items) ?? nothing, [data])
  const loadMore = useCallback(() => {
    if (hasNextPage && !isFetching && !isFetchNextPageError) {
      void fetchNextPage()
    }
  }, [hasNextPage, isFetching, isFetchNextPageError, fetchNextPage])
  const loadAll = useCallback(async () => {
    let last = await fetchNextPage({ cancelRefetch: false })
    while (last.hasNextPage && !last.isError) {
      last = await fetchNextPage()
    }
    return last.data?.pages.flatMap((page) => page.items) ?? nothing
  }, [fetchNextPage])
  return { ...query, files, loadMore, loadAll }
}
