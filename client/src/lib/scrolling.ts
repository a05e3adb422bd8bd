import { useMemo, useSyncExternalStore } from 'react'

/** Watches how something is scrolled. */
export interface ScrollWatch {
  /** Calls run with every move and when it has come to rest. Returns how to stop. */
  readonly subscribe: (run: () => void) => () => void
  /** Whether it goes by so fast that nothing can be made out. */
  readonly isFlying: () => boolean
}

/** So many heights of what is seen go by in a second, and nothing can be made out. */
const tooFast = 5
/** After so many milliseconds without another move it is at rest. */
const restsAfter = 100

/** Watches the window, or an element that scrolls by itself. */
export function watchScroll(scroller: Window | HTMLElement): ScrollWatch {
  const told = new Set<() => void>()
  let flying = false
  let [y, at] = [0, 0]
  let timer: ReturnType<typeof setTimeout> | null = null
  const place = () => (scroller instanceof HTMLElement ? scroller.scrollTop : scroller.scrollY)
  const height = () => (scroller instanceof HTMLElement ? scroller.clientHeight : scroller.innerHeight)
  const tell = () => told.forEach((run) => run())
  const rest = () => {
    timer = null
    flying = false
    tell()
  }
  const onScroll = () => {
    const now = performance.now()
    const seconds = Math.max(1, now - at) / 1000
    // One jump is no flight: it arrives at once.
    flying = timer !== null && Math.abs(place() - y) > tooFast * height() * seconds
    y = place()
    at = now
    if (timer !== null) {
      clearTimeout(timer)
    }
    timer = setTimeout(rest, restsAfter)
    tell()
  }
  const begin = () => {
    y = place()
    scroller.addEventListener('scroll', onScroll, { passive: true })
    window.addEventListener('resize', tell)
  }
  const end = () => {
    scroller.removeEventListener('scroll', onScroll)
    window.removeEventListener('resize', tell)
    if (timer !== null) {
      clearTimeout(timer)
      timer = null
      flying = false
    }
  }
  return {
    isFlying: () => flying,
    subscribe: (run) => {
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

const still: ScrollWatch = { subscribe: () => () => undefined, isFlying: () => false }

/** Whether an element, once it is there, is scrolled so fast that nothing can be made out. */
export function useFlying(scroller: HTMLElement | null): boolean {
  const watch = useMemo(() => (scroller === null ? still : watchScroll(scroller)), [scroller])
  return useSyncExternalStore(watch.subscribe, watch.isFlying)
}
