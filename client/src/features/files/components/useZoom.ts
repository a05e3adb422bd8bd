import { type KeyboardEvent, type PointerEvent, type RefObject, useCallback, useEffect, useRef, useState } from 'react'

import { fitInto, fitted, keepInside, pinch, type Point, type Size, step, type View, zoomAt } from '../zoom'

const keyStep = 60

/** Zooms and moves a picture by wheel, fingers, mouse and keys. */
export function useZoom(picture: Size) {
  const around = useRef<HTMLDivElement>(null)
  const frame = useRef<HTMLDivElement>(null)
  const [view, setView] = useState(fitted)
  const change = useCallback(
    (next: (view: View) => View) => {
      const box = frame.current?.getBoundingClientRect()
      if (box !== undefined) {
        setView((old) => keepInside(next(old), box, fitInto(box, picture)))
      }
    },
    [picture],
  )
  useWheel(around, frame, change)
  const drag = useDrag(frame, view.scale > 1, change)
  const zoom = (factor: number) => change((old) => zoomAt(old, factor, { x: 0, y: 0 }))
  const fit = () => setView(fitted)
  const moves: Readonly<Record<string, Point>> = {
    ArrowLeft: { x: keyStep, y: 0 },
    ArrowRight: { x: -keyStep, y: 0 },
    ArrowUp: { x: 0, y: keyStep },
    ArrowDown: { x: 0, y: -keyStep },
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const by = moves[event.key]
    if (by !== undefined && view.scale > 1 && !event.ctrlKey && !event.metaKey && !event.altKey) {
      // Not to the next picture while this one is looked at closely.
      event.preventDefault()
      change((old) => ({ ...old, x: old.x + by.x, y: old.y + by.y }))
    }
  }
  return {
    around,
    frame,
    view,
    fit,
    zoomIn: () => zoom(step),
    zoomOut: () => zoom(1 / step),
    handlers: { ...drag, onKeyDown },
  }
}

type Change = (next: (view: View) => View) => void

type Element = RefObject<HTMLDivElement | null>

// What lies over the frame counts too: who steps to the next picture has the pointer on the button then.
function useWheel(around: Element, frame: Element, change: Change): void {
  useEffect(() => {
    const element = around.current
    const picture = frame.current
    if (element === null || picture === null) {
      return
    }
    // React's own listener is passive: it could not keep the page from scrolling.
    const onWheel = (event: WheelEvent) => {
      event.preventDefault()
      const pixels = event.deltaY * (event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 30 : 1)
      const speed = event.ctrlKey ? 0.01 : 0.002
      change((view) => zoomAt(view, Math.exp(-pixels * speed), pointIn(picture, event)))
    }
    element.addEventListener('wheel', onWheel, { passive: false })
    return () => element.removeEventListener('wheel', onWheel)
  }, [around, frame, change])
}

function useDrag(frame: Element, zoomed: boolean, change: Change) {
  const fingers = useRef(new Map<number, Point>())
  const lift = (event: PointerEvent) => {
    fingers.current.delete(event.pointerId)
  }
  return {
    onPointerDown: (event: PointerEvent<HTMLElement>) => {
      if (event.button !== 0 || frame.current === null) {
        return
      }
      fingers.current.set(event.pointerId, pointIn(frame.current, event))
      if (zoomed || fingers.current.size > 1) {
        event.currentTarget.setPointerCapture(event.pointerId)
      }
    },
    onPointerMove: (event: PointerEvent) => {
      const before = fingers.current.get(event.pointerId)
      if (before === undefined || frame.current === null) {
        return
      }
      const now = pointIn(frame.current, event)
      const [other] = [...fingers.current].filter(([id]) => id !== event.pointerId).map(([, point]) => point)
      fingers.current.set(event.pointerId, now)
      if (other !== undefined) {
        change((view) => pinch(view, [other, before], [other, now]))
      } else if (zoomed) {
        change((view) => ({ ...view, x: view.x + now.x - before.x, y: view.y + now.y - before.y }))
      }
    },
    onPointerUp: lift,
    onPointerCancel: lift,
    onPointerLeave: lift,
  }
}

/** Where an event is, from the middle of an element. */
function pointIn(element: HTMLElement, { clientX, clientY }: { clientX: number; clientY: number }): Point {
  const box = element.getBoundingClientRect()
  return { x: clientX - box.left - box.width / 2, y: clientY - box.top - box.height / 2 }
}
