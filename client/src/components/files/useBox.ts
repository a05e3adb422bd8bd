import { useCallback, useState } from 'react'

interface Box {
  readonly width: number
  /** From the top of the page. */
  readonly top: number
}

/** Where an element is on the page and how wide, in pixels, known before the first paint. */
export function useBox(): readonly [(element: HTMLElement | null) => (() => void) | undefined, Box] {
  const [box, setBox] = useState<Box>({ width: 0, top: 0 })
  const ref = useCallback((element: HTMLElement | null) => {
    if (element === null) {
      return
    }
    const measure = () => {
      const width = element.clientWidth
      const top = Math.round(element.getBoundingClientRect().top + window.scrollY)
      setBox((old) => (old.width === width && old.top === top ? old : { width, top }))
    }
    measure()
    const observer = new ResizeObserver(measure)
    observer.observe(element)
    // What grows above it moves it.
    observer.observe(document.body)
    return () => observer.disconnect()
  }, [])
  return [ref, box]
}
