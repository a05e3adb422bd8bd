/** A picture's size in pixels, or anything of the same shape. */
export interface Sized {
  readonly width: number
  readonly height: number
}

/** A row of things from start up to, not including, end. */
export interface LaidRow {
  readonly start: number
  readonly end: number
  /** From the top of the first row. */
  readonly top: number
  readonly height: number
  /** Of each thing in it. */
  readonly widths: readonly number[]
}

export interface JustifyOptions {
  readonly width: number
  /** The height that rows come close to and never exceed. */
  readonly target: number
  readonly gap: number
}

/** Lays things out in rows; see createLayout. Without complete more things are to come. */
export type Layout = (items: readonly Sized[], complete: boolean) => readonly LaidRow[]

/** Adds rows to those that are laid out already, for the things behind them. */
type Lay = (items: readonly Sized[], rows: LaidRow[], complete: boolean) => void

// What is narrower or wider than that is cropped in the grid: a panorama would leave no height to its row.
const narrowest = 0.6
const widest = 2.4

/**
 * Makes a layout for a list that grows: rows before the first thing that is
 * another one than the last time stay as they are, so that a page more of a
 * list of 100,000 costs as much as one of the first page.
 */
function createLayout(lay: Lay): Layout {
  let before: readonly Sized[] = []
  let rows: readonly LaidRow[] = []
  return (items, complete) => {
    const shared = sharedStart(before, items)
    // The last of them may not have been full, and more fits into it now.
    const kept = rows.slice(0, Math.max(0, rowOf(rows, shared) - 1))
    lay(items, kept, complete)
    before = items
    rows = kept
    return kept
  }
}

/** How many things at the start of two lists are the same. */
function sharedStart(a: readonly Sized[], b: readonly Sized[]): number {
  const most = Math.min(a.length, b.length)
  let same = 0
  while (same < most && a[same] === b[same]) {
    same++
  }
  return same
}

/**
 * Rows of pictures that fill the width and keep their proportions. What does not
 * fill a row waits, where more is to come, so that nothing moves then.
 */
export function justified({ width, target, gap }: JustifyOptions): Layout {
  return createLayout((items, rows, complete) => {
    if (width <= 0) {
      return
    }
    const last = rows.at(-1)
    let top = last === undefined ? 0 : last.top + last.height + gap
    let ratios: number[] = []
    let sum = 0
    const close = (end: number, height: number) => {
      rows.push({ start: end - ratios.length, end, top, height, widths: ratios.map((ratio) => ratio * height) })
      top += height + gap
      ratios = []
      sum = 0
    }
    for (let index = last?.end ?? 0; index < items.length; index++) {
      const ratio = ratioOf(items[index])
      ratios.push(ratio)
      sum += ratio
      const room = width - gap * (ratios.length - 1)
      if (sum * target >= room) {
        close(index + 1, room / sum)
      }
    }
    if (ratios.length > 0 && complete) {
      close(items.length, target)
    }
  })
}

/** Rows of one thing each. */
export function stacked(width: number, height: number): Layout {
  const widths = [width]
  return createLayout((items, rows) => {
    for (let start = rows.length; width > 0 && start < items.length; start++) {
      rows.push({ start, end: start + 1, top: start * height, height, widths })
    }
  })
}

/** The height of all rows together. */
export function heightOf(rows: readonly LaidRow[]): number {
  const last = rows.at(-1)
  return last === undefined ? 0 : last.top + last.height
}

/** The last row that begins at or above y; the first where none does. */
export function rowAt(rows: readonly LaidRow[], y: number): number {
  let low = 0
  let high = rows.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if ((rows[middle]?.top ?? 0) <= y) {
      low = middle
    } else {
      high = middle - 1
    }
  }
  return low
}

function ratioOf(item: Sized | undefined): number {
  return item !== undefined && item.width > 0 && item.height > 0
    ? Math.min(widest, Math.max(narrowest, item.width / item.height))
    : 1
}

/** The row that holds the thing at index; rows.length where none does. */
export function rowOf(rows: readonly LaidRow[], index: number): number {
  let low = 0
  let high = rows.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((rows[middle]?.end ?? 0) <= index) {
      low = middle + 1
    } else {
      high = middle
    }
  }
  return low
}

const page = 3

/** Where a key of the keyboard leads from the thing at index; null for a key that leads nowhere. */
export function moveByKey(rows: readonly LaidRow[], index: number, key: string, far: boolean): number | null {
  const at = rowOf(rows, index)
  const row = rows[at]
  const last = (rows.at(-1)?.end ?? 0) - 1
  if (row === undefined) {
    return null
  }
  switch (key) {
    case 'ArrowLeft':
      return Math.max(0, index - 1)
    case 'ArrowRight':
      return Math.min(last, index + 1)
    case 'ArrowUp':
      return beside(rows, index, at - 1)
    case 'ArrowDown':
      return beside(rows, index, at + 1)
    case 'PageUp':
      return beside(rows, index, Math.max(0, at - page))
    case 'PageDown':
      return beside(rows, index, Math.min(rows.length - 1, at + page))
    case 'Home':
      return far ? 0 : row.start
    case 'End':
      return far ? last : row.end - 1
    default:
      return null
  }
}

/** The thing of another row that is nearest above or below; the same where there is no such row. */
function beside(rows: readonly LaidRow[], index: number, to: number): number {
  const from = rows[rowOf(rows, index)]
  const row = rows[to]
  if (from === undefined || row === undefined) {
    return index
  }
  const middle = middleOf(from, index)
  let nearest = row.start
  for (let i = row.start; i < row.end; i++) {
    if (Math.abs(middleOf(row, i) - middle) < Math.abs(middleOf(row, nearest) - middle)) {
      nearest = i
    }
  }
  return nearest
}

// Gaps are left out: they are small, and as many on either side.
function middleOf(row: LaidRow, index: number): number {
  let left = 0
  for (let i = 0; i < index - row.start; i++) {
    left += row.widths[i] ?? 0
  }
  return left + (row.widths[index - row.start] ?? 0) / 2
}
