import { describe, expect, it } from 'vitest'

import { fitInto, fitted, keepInside, largest, pinch, type Point, type View, zoomAt } from './zoom'

/** Where a point of the fitted picture is seen. */
function seen(view: View, point: Point): Point {
  return { x: point.x * view.scale + view.x, y: point.y * view.scale + view.y }
}

describe('zooming', () => {
  it('keeps what is under the pointer', () => {
    const view = zoomAt({ scale: 2, x: 30, y: -10 }, 1.5, { x: 130, y: 90 })
    const point = { x: (130 - 30) / 2, y: (90 + 10) / 2 }
    expect(seen(view, point).x).toBeCloseTo(130)
    expect(seen(view, point).y).toBeCloseTo(90)
  })

  it('stays between the fitted size and the largest', () => {
    expect(zoomAt(fitted, 0.5, { x: 10, y: 10 })).toEqual(fitted)
    const view = zoomAt({ scale: largest, x: 5, y: 6 }, 2, { x: 50, y: 60 })
    expect(view).toEqual({ scale: largest, x: 5, y: 6 })
  })

  it('leaves no empty border', () => {
    const frame = { width: 800, height: 600 }
    expect(keepInside({ scale: 2, x: 999, y: -999 }, frame, { width: 800, height: 400 })).toEqual({
      scale: 2,
      x: 400,
      y: -100,
    })
    // Higher than the frame only in its width: it stays in the middle.
    expect(keepInside({ scale: 1.2, x: 10, y: 40 }, frame, { width: 800, height: 400 })).toEqual({
      scale: 1.2,
      x: 10,
      y: 0,
    })
  })

  it('fits without blowing up', () => {
    expect(fitInto({ width: 800, height: 600 }, { width: 4000, height: 1000 })).toEqual({ width: 800, height: 200 })
    expect(fitInto({ width: 800, height: 600 }, { width: 40, height: 10 })).toEqual({ width: 40, height: 10 })
  })

  it('follows two fingers', () => {
    const view = pinch(
      fitted,
      [
        { x: -50, y: 0 },
        { x: 50, y: 0 },
      ],
      [
        { x: -80, y: 20 },
        { x: 120, y: 20 },
      ],
    )
    expect(view.scale).toBeCloseTo(2)
    expect(seen(view, { x: -50, y: 0 })).toEqual({ x: -80, y: 20 })
    expect(seen(view, { x: 50, y: 0 })).toEqual({ x: 120, y: 20 })
  })
})
