import { useDocumentVisibility } from '@mantine/hooks'
import { useCallback, useState } from 'react'

import type { FilePage } from '../../lib/api/types'
import type { useFiles } from './api/listFiles'

/** From so many pages in a row with hardly anything on, the reader is told that it takes long. */
const telling = 2
/** After so many of them the reader is asked. The server looks through thousands of files for each. */
const asking = 25
/** Fewer than these are hardly anything. */
const few = 4

/** How many pages at the end of a list have hardly anything on them. */
export function sparseEnd(pages: readonly FilePage[]): number {
  const full = pages.findLastIndex(({ items }) => items.length >= few)
  return pages.length - 1 - full
}

/**
 * A search goes on by itself when a page has nothing and yet is not the last,
 * but not without end: not while nobody looks, and not without asking.
 */
export function useSearching({ pages, hasNextPage, error, loadMore }: ReturnType<typeof useFiles>) {
  const hidden = useDocumentVisibility() === 'hidden'
  const [allowed, setAllowed] = useState<{ readonly first: FilePage | undefined; readonly pages: number } | null>(null)
  const sparse = hasNextPage && error === null ? sparseEnd(pages) : 0
  // What was allowed for one search says nothing of another.
  const until = allowed !== null && allowed.first === pages[0] ? allowed.pages : 0
  const paused = sparse >= asking && pages.length >= until
  return {
    long: sparse >= telling,
    paused,
    loadMore: useCallback(() => {
      if (!paused && !hidden) {
        loadMore()
      }
    }, [paused, hidden, loadMore]),
    goOn: () => setAllowed({ first: pages[0], pages: pages.length + asking }),
  }
}
