import { infiniteQueryOptions, type QueryClient, useInfiniteQuery } from '@tanstack/react-query'
import { useCallback, useMemo } from 'react'

import { api } from '../../../lib/api/api'
import { unwrap } from '../../../lib/api/client'
import type { FilePage, StoredFile } from '../../../lib/api/types'
import type { ListParams } from '../listParams'
import type { FileList } from './cache'
import { keepSame } from './keepSame'
import { fileKeys } from './keys'

const pageSize = 200

async function fetchPage(params: ListParams, cursor: string | null, signal: AbortSignal): Promise<FilePage> {
  const { q, sort, order, trashed } = params
  const query = {
    sort,
    order,
    trashed,
    limit: pageSize,
    ...(q === '' ? {} : { q }),
    ...(cursor === null ? {} : { cursor }),
  }
  return unwrap(api.GET('/api/v1/files', { params: { query }, signal }))
}

/** My files, page by page. */
export function filesQuery(params: ListParams) {
  return infiniteQueryOptions({
    queryKey: fileKeys.list(params),
    queryFn: ({ pageParam, signal }) => fetchPage(params, pageParam, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.nextCursor,
    structuralSharing: (old, next) => keepSame(old as FileList | undefined, next as FileList),
  })
}

const nothing: readonly StoredFile[] = []
const noPages: readonly FilePage[] = []

function filesOf(pages: readonly FilePage[]): readonly StoredFile[] {
  // Much quicker than flatMap, which calls for each: this is done anew with each page of a list of 100,000.
  return nothing.concat(...pages.map(({ items }) => items))
}

/** The files of a list that have been loaded, and how to load more. */
export function useFiles(params: ListParams, enabled = true) {
  const query = useInfiniteQuery({
    ...filesQuery(params),
    enabled,
    placeholderData: (last, lastQuery) => (lastQuery?.queryKey[2].trashed === params.trashed ? last : undefined),
  })
  const { data, hasNextPage, isFetching, isFetchNextPageError, fetchNextPage } = query
  const pages = data?.pages ?? noPages
  const files = useMemo(() => filesOf(pages), [pages])
  const loadMore = useCallback(() => {
    if (hasNextPage && !isFetching && !isFetchNextPageError) {
      void fetchNextPage()
    }
  }, [hasNextPage, isFetching, isFetchNextPageError, fetchNextPage])
  return { ...query, pages, files, loadMore }
}

/** What has come is put into the list, and drawn, once in so many milliseconds. */
const putEvery = 500

/**
 * Loads the rest of a list beside its reader, who may go on with it meanwhile.
 * Tells how many files there are so far; gives all of them.
 */
export async function loadRest(
  client: QueryClient,
  params: ListParams,
  signal: AbortSignal,
  onProgress: (count: number) => void,
): Promise<readonly StoredFile[]> {
  const { queryKey } = filesQuery(params)
  const known = () => client.getQueryData(queryKey)?.pages ?? noPages
  for (;;) {
    const from = known().at(-1)?.nextCursor ?? null
    if (from === null) {
      return filesOf(known())
    }
    const { pages, cursors } = await fetchSome(params, from, signal)
    // An answer under way to somebody else would put the list back to what it was before.
    await client.cancelQueries({ queryKey, exact: true })
    signal.throwIfAborted()
    client.setQueryData(queryKey, (old) =>
      // Where it ends elsewhere by now, it is gone on from there.
      old?.pages.at(-1)?.nextCursor === from
        ? { pages: [...old.pages, ...pages], pageParams: [...old.pageParams, ...cursors] }
        : old,
    )
    onProgress(known().reduce((sum, { items }) => sum + items.length, 0))
  }
}

async function fetchSome(params: ListParams, from: string, signal: AbortSignal) {
  const pages: FilePage[] = []
  const cursors: string[] = []
  const end = performance.now() + putEvery
  for (let cursor: string | null = from; cursor !== null && (pages.length === 0 || performance.now() < end);) {
    const page: FilePage = await fetchPage(params, cursor, signal)
    pages.push(page)
    cursors.push(cursor)
    cursor = page.nextCursor
  }
  return { pages, cursors }
}
