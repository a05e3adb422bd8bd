import { type KeyboardEvent, type ReactNode, useCallback, useEffect, useLayoutEffect, useMemo, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { useNavigate } from 'react-router'
import { useStore } from 'zustand'

import type { StoredFile } from '../../lib/api/types'
import type { Density, FilesView } from '../../lib/preferences'
import classes from './FileGrid.module.css'
import { FileRow, ListHead } from './FileRow'
import { FileTile } from './FileTile'
import { GridRow } from './GridRow'
import { heightOf, justified, type LaidRow, moveByKey, rowOf, stacked } from './layout'
import type { SelectionStore } from './selection'
import { useBox } from './useBox'
import { useSeenRows } from './useSeenRows'
import { showRow, usePlace } from './window'

interface Props {
  readonly files: readonly StoredFile[]
  readonly view: FilesView
  readonly density: Density
  readonly selection: SelectionStore
  /** What the list is of, for screen readers. */
  readonly label: string
  /** Where a file opens. */
  readonly linkTo: (file: StoredFile) => string
  /** Words about a file that are always seen with it, such as how long it is kept. */
  readonly note?: (file: StoredFile) => ReactNode
  /** Under this name the list remembers where its reader was. */
  readonly place: string
  readonly hasMore: boolean
  /** Shows what does not fill the last row although more may come: what a search has found is not kept back. */
  readonly showTail?: boolean
  readonly onMore: () => void
  readonly onSelectAll: () => void
  /** The Delete key, on what is selected or else on the file that has the focus. */
  readonly onDelete?: ((files: readonly StoredFile[]) => void) | undefined
}

const gap = 8
/** Rows that are drawn above and below what is seen. */
const overscan = 3
/** So many rows before the end more is asked for. */
const ahead = 12
/**
 * Files as a grid of pictures or as a list. Only what is near the screen is
 * drawn, so it may be very long. One file at a time can have the focus; arrows
 * move it, space selects, Enter opens.
 */
export function FileGrid(props: Props) {
  const { files, view, density, selection, label, hasMore, onMore, place } = props
  const { t } = useTranslation()
  const [ref, { width, top }] = useBox()
  const rows = useRows(files, view, density, width, !hasMore || (props.showTail ?? false))
  const tabStop = useTabStop(files, selection)
  const { first, last, flying } = useSeenRows(rows, top)
  const shown = useMemo(() => around(first, last, rows.length, rowOf(rows, tabStop)), [first, last, rows, tabStop])
  useEffect(() => {
    if (hasMore && width > 0 && last >= rows.length - ahead) {
      onMore()
    }
  }, [hasMore, last, rows.length, width, onMore])
  usePlace(place, rows, top, files, selection)
  const wantsFocus = useRef(false)
  const takeFocus = useCallback((item: HTMLElement | null) => {
    if (wantsFocus.current && item !== null) {
      wantsFocus.current = false
      item.focus({ preventScroll: true })
    }
  }, [])
  const extend = useExtend(files, selection)
  const onKeyDown = useKeys(props, rows, tabStop, (row) => {
    wantsFocus.current = true
    showRow(rows[row], top)
  })
  const Item = view === 'grid' ? FileTile : FileRow
  return (
    <div
      role="grid"
      tabIndex={-1}
      aria-label={label}
      aria-multiselectable
      aria-rowcount={hasMore ? -1 : rows.length + (view === 'list' ? 1 : 0)}
      className={classes.grid}
      onKeyDown={onKeyDown}
    >
      {view === 'list' && <ListHead />}
      <div ref={ref} role="rowgroup" className={classes.rows} style={{ height: heightOf(rows) }}>
        {shown.map((index) => {
          const row = rows[index]
          return (
            row !== undefined && (
              <GridRow key={index} row={row} index={index} files={files} asGrid={view === 'grid'} plain={flying}>
                {(file, i, itemWidth) => (
                  <Item
                    key={file.id}
                    file={file}
                    index={i}
                    width={itemWidth}
                    dense={density === 'compact'}
                    tabStop={i === tabStop}
                    takeFocus={takeFocus}
                    selection={selection}
                    to={props.linkTo(file)}
                    note={props.note?.(file)}
                    onExtend={extend}
                    t={t}
                  />
                )}
              </GridRow>
            )
          )
        })}
      </div>
    </div>
  )
}

/** The rows to draw: those in sight, some around them, and that of the focus, however far it is scrolled away. */
function around(first: number, last: number, count: number, pinned: number): readonly number[] {
  const from = Math.max(0, first - overscan)
  const to = Math.min(count - 1, last + overscan)
  const near = Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => from + i)
  if (pinned >= count || (pinned >= from && pinned <= to)) {
    return near
  }
  return pinned < from ? [pinned, ...near] : [...near, pinned]
}

/** Selects up to a file. It stays the same function while the list grows, for whatever is drawn would be drawn again. */
function useExtend(files: readonly StoredFile[], selection: SelectionStore): (id: string) => void {
  const latest = useRef(files)
  useLayoutEffect(() => {
    latest.current = files
  }, [files])
  return useCallback((id) => selection.getState().extendTo(id, idsOf(latest.current)), [selection])
}

function idsOf(files: readonly StoredFile[]): string[] {
  return files.map(({ id }) => id)
}

function useRows(
  files: readonly StoredFile[],
  view: FilesView,
  density: Density,
  width: number,
  complete: boolean,
): readonly LaidRow[] {
  const layout = useMemo(() => {
    const dense = density === 'compact'
    if (view === 'list') {
      return stacked(width, dense ? 44 : 64)
    }
    const narrow = width < 600
    return justified({ width, target: narrow ? (dense ? 100 : 150) : dense ? 150 : 230, gap })
  }, [view, density, width])
  return useMemo(() => layout(files, complete), [layout, files, complete])
}

/** The file that Tab leads to: the one last used, or else the first. */
function useTabStop(files: readonly StoredFile[], selection: SelectionStore): number {
  const active = useStore(selection, (state) => state.active)
  return useMemo(() => {
    const index = active === null ? -1 : files.findIndex(({ id }) => id === active)
    return Math.max(0, index)
  }, [files, active])
}

function useKeys(props: Props, rows: readonly LaidRow[], tabStop: number, goTo: (row: number) => void) {
  const navigate = useNavigate()
  const { files, selection, linkTo, onSelectAll, onDelete } = props
  return (event: KeyboardEvent) => {
    const file = files[tabStop]
    const mod = event.ctrlKey || event.metaKey
    const { ids, toggle, extendTo, clear, setActive } = selection.getState()
    const to = event.altKey || file === undefined ? null : moveByKey(rows, tabStop, event.key, mod)
    const next = to === null ? undefined : files[to]
    if (file === undefined || event.altKey) {
      return
    }
    if (to !== null && next !== undefined) {
      if (event.shiftKey) {
        extendTo(next.id, idsOf(files))
      }
      setActive(next.id)
      goTo(rowOf(rows, to))
    } else if (event.key === ' ') {
      if (event.shiftKey) {
        extendTo(file.id, idsOf(files))
      } else {
        toggle(file.id)
      }
    } else if (event.key === 'Enter') {
      void navigate(linkTo(file))
    } else if (event.key.toLowerCase() === 'a' && mod) {
      onSelectAll()
    } else if (event.key === 'Escape' && ids.size > 0) {
      clear()
    } else if (event.key === 'Delete' && onDelete !== undefined) {
      onDelete(ids.size > 0 ? files.filter(({ id }) => ids.has(id)) : [file])
    } else {
      return
    }
    event.preventDefault()
  }
}
