import { type InfiniteData, infiniteQueryOptions } from '@tanstack/react-query'

import { api } from '../../../lib/api/api'
import { unwrap } from '../../../lib/api/client'
import type { Page, Upload } from '../../../lib/api/types'
import { newer, type UploadState } from './upload'

export const listKey = ['uploads', 'list'] as const

interface PageRequest {
  readonly state?: UploadState
  readonly cursor?: string
  readonly limit: number
}

/** One part of my uploads, newest first. */
export function fetchUploads(query: PageRequest, signal?: AbortSignal): Promise<Page<Upload>> {
  return unwrap(api.GET('/api/v1/uploads', { params: { query }, ...(signal === undefined ? {} : { signal }) }))
}

/** My uploads in a state, or all of them, newest first. */
export const uploadsQuery = (state: UploadState | null) =>
  infiniteQueryOptions({
    queryKey: [...listKey, state],
    queryFn: ({ pageParam, signal }) =>
      fetchUploads(
        { limit: 50, ...(state === null ? {} : { state }), ...(pageParam === null ? {} : { cursor: pageParam }) },
        signal,
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.nextCursor,
  })

type Pages = InfiniteData<Page<Upload>, string | null>

/**
 * Brings news into the loaded part of a list: what changed is put in place, what
 * is new at its place, and what left the state that the list is of goes.
 */
export function withNews(pages: Pages, state: UploadState | null, news: ReadonlyMap<string, Upload>): Pages {
  const left = new Map(news)
  const next = pages.pages.map((page) => ({
    ...page,
    items: page.items.flatMap((item) => {
      const fresh = left.get(item.id)
      left.delete(item.id)
      const shown = fresh === undefined ? item : newer(item, fresh)
      return state === null || shown.state === state ? [shown] : []
    }),
  }))
  for (const upload of left.values()) {
    if (state === null || upload.state === state) {
      insert(next, upload)
    }
  }
  return { ...pages, pages: next }
}

// Ids grow with time, so that they are in the order of the list.
function insert(pages: { items: Upload[]; nextCursor: string | null }[], upload: Upload): void {
  const page = pages.find(({ items, nextCursor }) => nextCursor === null || items.some(({ id }) => id < upload.id))
  if (page === undefined) {
    return // its place is not loaded
  }
  const at = page.items.findIndex(({ id }) => id < upload.id)
  page.items.splice(at < 0 ? page.items.length : at, 0, upload)
}
