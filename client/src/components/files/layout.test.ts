import { describe, expect, it } from 'vitest'

import { heightOf, justified, type JustifyOptions, moveByKey, rowAt, rowOf, type Sized, stacked } from './layout'

const wide = { width: 3000, height: 2000 }
const tall = { width: 2000, height: 3000 }
const options = { width: 1000, target: 200, gap: 10 }
const mixed = (count: number) => Array.from({ length: count }, (_, i) => ({ ...(i % 3 ? wide : tall) }))

/** All there is, laid out at once. */
const justify = (items: readonly Sized[], by: JustifyOptions) => justified(by)(items, true)

describe('the justified grid', () => {
  it('fills the width and keeps proportions', () => {
    const rows = justify([wide, tall, wide, wide, tall, wide, wide, tall], options)
    const [first] = rows
    expect(rows.length).toBeGreaterThan(1)
    for (const row of rows.slice(0, -1)) {
      const width = row.widths.reduce((sum, w) => sum + w, 0) + options.gap * (row.widths.length - 1)
      expect(width).toBeCloseTo(options.width)
      expect(row.height).toBeLessThanOrEqual(options.target)
    }
    expect((first?.widths[0] ?? 0) / (first?.height ?? 1)).toBeCloseTo(1.5)
    expect((first?.widths[1] ?? 0) / (first?.height ?? 1)).toBeCloseTo(2 / 3)
  })

  it('leaves out none and shows none twice', () => {
    const rows = justify(
      Array.from({ length: 97 }, (_, i) => (i % 3 ? wide : tall)),
      options,
    )
    expect(rows[0]?.start).toBe(0)
    expect(rows.at(-1)?.end).toBe(97)
    rows.slice(1).forEach((row, i) => expect(row.start).toBe(rows[i]?.end))
  })

  it('does not blow up a last row that is not full', () => {
    expect(justify([wide], options)).toEqual([{ start: 0, end: 1, top: 0, height: 200, widths: [300] }])
  })

  it('keeps the rows there are when more comes', () => {
    const items = Array.from({ length: 40 }, (_, i) => (i % 4 ? wide : tall))
    const some = justified(options)(items.slice(0, 22), false)
    const all = justify(items, options)
    expect(some.length).toBeGreaterThan(2)
    expect(all.slice(0, some.length)).toEqual(some)
  })

  it('crops what is too wide or too narrow, and bears sizes that are not known', () => {
    const rows = justify(
      [
        { width: 9000, height: 300 },
        { width: 0, height: 0 },
        { width: 10, height: 4000 },
      ],
      { ...options, width: 5000 },
    )
    expect(rows[0]?.widths).toEqual([480, 200, 120])
  })

  it('waits for a width', () => {
    expect(justify([wide], { ...options, width: 0 })).toEqual([])
  })
})

describe('a layout of a list that changes', () => {
  it.each(['justified', 'stacked'] as const)('is what it would be if it were made anew (%s)', (kind) => {
    const create = () => (kind === 'justified' ? justified(options) : stacked(1000, 44))
    const layout = create()
    const items = mixed(97)
    const news = { width: 700, height: 700 }
    const steps: [readonly Sized[], boolean][] = [
      [[], false],
      [items.slice(0, 20), false],
      [items.slice(0, 41), false],
      [items.slice(0, 41), true],
      [items, true],
      [[news, ...items], true],
      [items.toSpliced(50, 3), true],
      [items.with(96, news), true],
      [items.slice(0, 10), false],
      [[], true],
      [items, false],
    ]
    for (const [list, complete] of steps) {
      expect(layout(list, complete)).toEqual(create()(list, complete))
    }
  })

  it('keeps the rows of what was there when more comes', () => {
    const layout = justified(options)
    const items = mixed(2000)
    const some = layout(items.slice(0, 1800), false)
    const more = layout(items, false)
    const kept = some.length - 1
    expect(kept).toBeGreaterThan(100)
    // The very same ones: none of them was made again.
    expect(more.slice(0, kept).every((row, i) => row === some[i])).toBe(true)
  })

  it('puts every row below the one before', () => {
    const rows = justify(mixed(97), options)
    rows.slice(1).forEach((row, i) => {
      const above = rows[i]
      expect(row.top).toBeCloseTo((above?.top ?? 0) + (above?.height ?? 0) + options.gap)
    })
    expect(heightOf(rows)).toBe((rows.at(-1)?.top ?? 0) + (rows.at(-1)?.height ?? 0))
    expect(heightOf([])).toBe(0)
  })

  it('tells which row is at a height', () => {
    const rows = stacked(500, 40)(mixed(4), true)
    expect([-5, 0, 39, 40, 119, 120, 9000].map((y) => rowAt(rows, y))).toEqual([0, 0, 0, 1, 2, 3, 3])
    expect(rowAt([], 10)).toBe(0)
  })
})

describe('moving about', () => {
  // Widths 300 300 300 | 133 300 300 … in rows of about 1000.
  const rows = [
    { start: 0, end: 3, top: 0, height: 200, widths: [300, 300, 400] },
    { start: 3, end: 7, top: 200, height: 200, widths: [250, 250, 250, 250] },
    { start: 7, end: 9, top: 400, height: 200, widths: [300, 300] },
  ]

  it('finds rows', () => {
    expect([0, 2, 3, 6, 7, 8].map((index) => rowOf(rows, index))).toEqual([0, 0, 1, 1, 2, 2])
    expect(rowOf(rows, 9)).toBe(3)
  })

  it.each([
    ['ArrowRight', false, 2, 3],
    ['ArrowRight', false, 8, 8],
    ['ArrowLeft', false, 3, 2],
    ['ArrowLeft', false, 0, 0],
    ['ArrowDown', false, 2, 6],
    ['ArrowDown', false, 6, 8],
    ['ArrowDown', false, 8, 8],
    ['ArrowUp', false, 8, 4],
    ['ArrowUp', false, 1, 1],
    ['Home', false, 5, 3],
    ['End', false, 4, 6],
    ['Home', true, 5, 0],
    ['End', true, 4, 8],
    ['PageDown', false, 0, 7],
    ['PageUp', false, 8, 1],
  ])('%s (far: %s) leads from %i to %i', (key, far, from, to) => {
    expect(moveByKey(rows, from, key, far)).toBe(to)
  })

  it('leaves other keys alone', () => {
    expect(moveByKey(rows, 1, 'a', false)).toBeNull()
  })

  it('goes up and down a list', () => {
    const list = stacked(500, 40)([wide, wide, wide], true)
    expect(moveByKey(list, 1, 'ArrowDown', false)).toBe(2)
    expect(moveByKey(list, 1, 'ArrowUp', false)).toBe(0)
  })
})
