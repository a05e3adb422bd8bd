/** A picture's size in pixels, or anything of the same shape. */
export interface Sized {
  readonly width: number
  readonly height: number
}

/** A row of things from start up to, not including, end. */
export interface LaidRow {
  readonly start: number
  readonly end: number
  readonly height: number
  /** Of each thing in it. */
  readonly widths: readonly number[]
}

export interface JustifyOptions {
  readonly width: number
  /** The height that rows come close to and never exceed. */
  readonly target: number
  readonly gap: number
  /** Without it the last row waits until it is full, so that nothing moves when more comes. */
  readonly complete: boolean
}

// What is narrower or wider than that is cropped in the grid: a panorama would leave no height to its row.
const narrowest = 0.6
const widest = 2.4

/** Lays pictures out in rows that fill the width and keep their proportions. */
export function justify(items: readonly Sized[], { width, target, gap, complete }: JustifyOptions): LaidRow[] {
  const rows: LaidRow[] = []
  if (width <= 0) {
    return rows
  }
  let ratios: number[] = []
  let sum = 0
  const close = (end: number, height: number) => {
    rows.push({ start: end - ratios.length, end, height, widths: ratios.map((ratio) => ratio * height) })
    ratios = []
    sum = 0
  }
  items.forEach((item, index) => {
    const ratio = ratioOf(item)
    ratios.push(ratio)
    sum += ratio
    const room = width - gap * (ratios.length - 1)
    if (sum * target >= room) {
      close(index + 1, room / sum)
    }
  })
  if (ratios.length > 0 && complete) {
    close(items.length, target)
  }
  return rows
}

/** Rows of one thing each. */
export function stack(count: number, width: number, height: number): LaidRow[] {
  return Array.from({ length: count }, (_, start) => ({ start, end: start + 1, height, widths: [width] }))
}

function ratioOf({ width, height }: Sized): number {
  return width > 0 && height > 0 ? Math.min(widest, Math.max(narrowest, width / height)) : 1
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
