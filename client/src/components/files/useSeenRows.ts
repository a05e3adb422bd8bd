import { useState, useSyncExternalStore } from 'react'

import { type LaidRow, rowAt } from './layout'

interface Seen {
  readonly first: number
  readonly last: number
  /** Whether the reader goes by so fast that nothing can be made out. */
  readonly flying: boolean
}

/** Pixels per millisecond from which on nothing can be made out: about five windows in a second. */
const tooFast = 5
/** After so many milliseconds without another move the window is at rest. */
const restsAfter = 100

/** The rows that are in the window; top is where the first one is on the page. Only these numbers cause drawing. */
export function useSeenRows(rows: readonly LaidRow[], top: number): Seen {
  const [watch] = useState(watchWindow)
  const first = useSyncExternalStore(watch.subscribe, () => rowAt(rows, window.scrollY - top))
  const last = useSyncExternalStore(watch.subscribe, () => rowAt(rows, window.scrollY - top + window.innerHeight))
  const flying = useSyncExternalStore(watch.subscribe, watch.isFlying)
  return { first, last, flying }
}

/** Watches how the window is scrolled and how large it is. */
function watchWindow() {
  const told = new Set<() => void>()
  let flying = false
  let [y, at] = [0, 0]
  let timer: ReturnType<typeof setTimeout> | null = null
  const tell = () => told.forEach((run) => run())
  const rest = () => {
    timer = null
    flying = false
    tell()
  }
  const onScroll = () => {
    const now = performance.now()
    // One jump is no flight: it arrives at once.
    flying = timer !== null && Math.abs(window.scrollY - y) > tooFast * Math.max(1, now - at)
    y = window.scrollY
    at = now
    if (timer !== null) {
      clearTimeout(timer)
    }
    timer = setTimeout(rest, restsAfter)
    tell()
  }
  const begin = () => {
    y = window.scrollY
    window.addEventListener('scroll', onScroll, { passive: true })
    window.addEventListener('resize', tell)
  }
  const end = () => {
    window.removeEventListener('scroll', onScroll)
    window.removeEventListener('resize', tell)
    if (timer !== null) {
      clearTimeout(timer)
      timer = null
      flying = false
    }
  }
  return {
    isFlying: () => flying,
    subscribe: (run: () => void) => {
      if (told.size === 0) {
        begin()
      }
      told.add(run)
      return () => {
        told.delete(run)
        if (told.size === 0) {
          end()
        }
      }
    },
  }
}
