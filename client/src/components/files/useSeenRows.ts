import { useState, useSyncExternalStore } from 'react'

import { watchScroll } from '../../lib/scrolling'
import { type LaidRow, rowAt } from './layout'

interface Seen {
  readonly first: number
  readonly last: number
  /** Whether the reader goes by so fast that nothing can be made out. */
  readonly flying: boolean
}

/** The rows that are in the window; top is where the first one is on the page. Only these numbers cause drawing. */
export function useSeenRows(rows: readonly LaidRow[], top: number): Seen {
  const [watch] = useState(() => watchScroll(window))
  const first = useSyncExternalStore(watch.subscribe, () => rowAt(rows, window.scrollY - top))
  const last = useSyncExternalStore(watch.subscribe, () => rowAt(rows, window.scrollY - top + window.innerHeight))
  const flying = useSyncExternalStore(watch.subscribe, watch.isFlying)
  return { first, last, flying }
}
