import { type MouseEvent, type PointerEvent, useRef } from 'react'

const holdFor = 450
const steady = 10

/** Calls onHold when a finger rests on something. The click that ends it is not one. */
export function useTouchHold(onHold: () => void) {
  const hold = useRef<{ timer: ReturnType<typeof setTimeout>; x: number; y: number } | null>(null)
  const held = useRef(false)
  const stop = () => {
    if (hold.current !== null) {
      clearTimeout(hold.current.timer)
      hold.current = null
    }
  }
  return {
    onPointerDown: (event: PointerEvent) => {
      held.current = false
      if (event.pointerType !== 'touch') {
        return
      }
      stop()
      const timer = setTimeout(() => {
        held.current = true
        onHold()
      }, holdFor)
      hold.current = { timer, x: event.clientX, y: event.clientY }
    },
    onPointerMove: (event: PointerEvent) => {
      if (
        hold.current !== null &&
        Math.hypot(event.clientX - hold.current.x, event.clientY - hold.current.y) > steady
      ) {
        stop()
      }
    },
    onPointerUp: stop,
    onPointerCancel: stop,
    onContextMenu: (event: MouseEvent) => {
      if (hold.current !== null || held.current) {
        event.preventDefault()
      }
    },
    onClickCapture: (event: MouseEvent) => {
      if (held.current) {
        held.current = false
        event.preventDefault()
        event.stopPropagation()
      }
    },
  }
}
