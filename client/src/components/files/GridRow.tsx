import { type ReactNode, useState } from 'react'

import type { StoredFile } from '../../lib/api/types'
import { colourOf } from '../placeholder'
import classes from './FileGrid.module.css'
import type { LaidRow } from './layout'

interface Props {
  readonly row: LaidRow
  readonly index: number
  readonly files: readonly StoredFile[]
  readonly asGrid: boolean
  /** Whether it need not be more than its colours for now. */
  readonly plain: boolean
  readonly children: (file: StoredFile, index: number, width: number) => ReactNode
}

/**
 * A row of files. One that appears while its reader flies by is of colours
 * only, until there is time to look at it; one that was whole stays whole.
 */
export function GridRow({ row, index, files, asGrid, plain, children }: Props) {
  const [whole, setWhole] = useState(!plain)
  if (!plain && !whole) {
    setWhole(true)
  }
  const items = files.slice(row.start, row.end)
  return (
    <div
      role={asGrid ? 'row' : 'none'}
      aria-rowindex={asGrid ? index + 1 : undefined}
      className={classes.row}
      style={{ height: row.height, transform: `translateY(${row.top}px)` }}
    >
      {whole
        ? items.map((file, i) => children(file, row.start + i, row.widths[i] ?? 0))
        : items.map((file, i) => (
            <div
              key={file.id}
              className={asGrid ? classes.plainTile : classes.plainRow}
              style={asGrid ? { width: row.widths[i], backgroundColor: colourOf(file.thumbhash) ?? '' } : {}}
            />
          ))}
    </div>
  )
}
