/** How a picture is seen in its frame: scaled from the fitted size, and moved from the middle by pixels. */
export interface View {
  readonly scale: number
  readonly x: number
  readonly y: number
}

export interface Size {
  readonly width: number
  readonly height: number
}

export interface Point {
  readonly x: number
  readonly y: number
}

export const fitted: View = { scale: 1, x: 0, y: 0 }
export const largest = 12
export const step = 1.4

/** Zooms by a factor and keeps what is under a point, seen from the frame's middle, where it is. */
export function zoomAt(view: View, factor: number, point: Point): View {
  const scale = Math.min(largest, Math.max(1, view.scale * factor))
  const real = scale / view.scale
  return { scale, x: point.x - (point.x - view.x) * real, y: point.y - (point.y - view.y) * real }
}

/** Keeps a picture of a fitted size in its frame: no empty border where there is picture to show. */
export function keepInside(view: View, frame: Size, picture: Size): View {
  const room = (shown: number, seen: number) => Math.max(0, (shown * view.scale - seen) / 2)
  const clamp = (value: number, most: number) => Math.min(most, Math.max(-most, value))
  return {
    scale: view.scale,
    x: clamp(view.x, room(picture.width, frame.width)),
    y: clamp(view.y, room(picture.height, frame.height)),
  }
}

/** The size of a picture that is shown as a whole, and not larger than it is. */
export function fitInto(frame: Size, picture: Size): Size {
  const scale = Math.min(frame.width / picture.width, frame.height / picture.height, 1)
  return { width: picture.width * scale, height: picture.height * scale }
}

/** Follows two fingers from where they were to where they are. */
export function pinch(view: View, from: readonly [Point, Point], to: readonly [Point, Point]): View {
  const middle = ([a, b]: readonly [Point, Point]) => ({ x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 })
  const span = ([a, b]: readonly [Point, Point]) => Math.max(1, Math.hypot(a.x - b.x, a.y - b.y))
  const before = middle(from)
  const now = middle(to)
  const moved = { ...view, x: view.x + now.x - before.x, y: view.y + now.y - before.y }
  return zoomAt(moved, span(to) / span(from), now)
}
