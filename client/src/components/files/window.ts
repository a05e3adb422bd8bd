import { useLayoutEffect, useRef } from 'react'

import type { StoredFile } from '../../lib/api/types'
import { type LaidRow, rowOf } from './layout'
import { placeOf, rememberPlace } from './places'
import type { SelectionStore } from './selection'

/** Pixels at the top of the window that the page's header and the toolbar take. */
const hidden = 150
/** Pixels that a row that is gone to stays above the end of the window. */
const margin = 24

/** Brings a row into the window, by no more than it takes. */
export function showRow(row: LaidRow | undefined, top: number): void {
  if (row === undefined) {
    return
  }
  const start = top + row.top - hidden
  const end = top + row.top + row.height + margin - window.innerHeight
  if (window.scrollY > start) {
    window.scrollTo(0, start)
  } else if (window.scrollY < end) {
    window.scrollTo(0, end)
  }
}

/** Comes back to where the reader was, and sees to it that the file they looked at last is in sight. */
export function usePlace(
  place: string,
  rows: readonly LaidRow[],
  top: number,
  files: readonly StoredFile[],
  selection: SelectionStore,
) {
  const restored = useRef<string | null>(null)
  useLayoutEffect(() => {
    if (rows.length === 0 || restored.current === place) {
      return
    }
    restored.current = place
    const { scroll, active } = placeOf(place)
    const index = active === null ? -1 : files.findIndex(({ id }) => id === active)
    const row = rows[rowOf(rows, index)]
    const y = top + (row?.top ?? 0)
    const height = row?.height ?? 0
    const seen = y >= scroll + hidden && y + height <= scroll + window.innerHeight
    if (index >= 0) {
      selection.getState().setActive(active)
    }
    window.scrollTo(0, index < 0 || seen ? scroll : y - (window.innerHeight - height) / 2)
  }, [place, rows, top, files, selection])
  useLayoutEffect(() => {
    const remember = () => {
      if (restored.current === place) {
        rememberPlace(place, { scroll: window.scrollY })
      }
    }
    window.addEventListener('scroll', remember, { passive: true })
    return () => window.removeEventListener('scroll', remember)
  }, [place])
}
