import { useWindowVirtualizer, type Range, defaultRangeExtractor } from '@tanstack/react-virtual'
import { type KeyboardEvent, type ReactNode, useCallback, useEffect, useLayoutEffect, useMemo, useRef } from 'react'
import { useNavigate } from 'react-router'
import { useStore } from 'zustand'

import type { StoredFile } from '../../lib/api/types'
import type { Density, FilesView } from '../../lib/preferences'
import classes from './FileGrid.module.css'
import { FileRow, ListHead } from './FileRow'
import { FileTile } from './FileTile'
import { type LaidRow, justify, moveByKey, rowOf, stack } from './layout'
import { placeOf, rememberPlace } from './places'
import type { SelectionStore } from './selection'
import { useBox } from './useBox'

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
  readonly onMore: () => void
  readonly onSelectAll: () => void
  /** The Delete key, on what is selected or else on the file that has the focus. */
  readonly onDelete?: ((files: readonly StoredFile[]) => void) | undefined
}

const gap = 8
/** Rows that are drawn above and below what is seen. */
const overscan = 6
/** So many rows before the end more is asked for. */
const ahead = 12
/** Pixels at the top of the window that the page's header and the toolbar take. */
const hidden = 150

/**
 * Files as a grid of pictures or as a list. Only what is near the screen is
 * drawn, so it may be very long. One file at a time can have the focus; arrows
 * move it, space selects, Enter opens.
 */
export function FileGrid(props: Props) {
  const { files, view, density, selection, label, hasMore, onMore, place } = props
  const [ref, { width, top }] = useBox()
  const rows = useRows(files, view, density, width, !hasMore)
  const tabStop = useTabStop(files, selection)
  const rowGap = view === 'grid' ? gap : 0
  const pinned = rowOf(rows, Math.max(0, tabStop))
  const virtualizer = useWindowVirtualizer({
    count: rows.length,
    estimateSize: (index) => (rows[index]?.height ?? 0) + rowGap,
    overscan,
    scrollMargin: top,
    scrollPaddingStart: hidden,
    scrollPaddingEnd: 24,
    // What has the focus stays, however far it is scrolled away.
    rangeExtractor: useCallback(
      (range: Range) => {
        const seen = defaultRangeExtractor(range)
        return pinned >= range.count || seen.includes(pinned) ? seen : [...seen, pinned].sort((a, b) => a - b)
      },
      [pinned],
    ),
  })
  useLayoutEffect(() => virtualizer.measure(), [virtualizer, rows])
  const items = virtualizer.getVirtualItems()
  const lastSeen = virtualizer.range?.endIndex ?? 0
  useEffect(() => {
    if (hasMore && width > 0 && lastSeen >= rows.length - ahead) {
      onMore()
    }
  }, [hasMore, lastSeen, rows.length, width, onMore])
  const scrollToRow = useCallback((row: number) => virtualizer.scrollToIndex(row, { align: 'auto' }), [virtualizer])
  usePlace(place, rows, top, rowGap, files, selection)
  const wantsFocus = useRef(false)
  const takeFocus = useCallback((item: HTMLElement | null) => {
    if (wantsFocus.current && item !== null) {
      wantsFocus.current = false
      item.focus({ preventScroll: true })
    }
  }, [])
  const extend = useCallback((id: string) => selection.getState().extendTo(id, idsOf(files)), [selection, files])
  const onKeyDown = useKeys(props, rows, tabStop, (row) => {
    wantsFocus.current = true
    scrollToRow(row)
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
      <div ref={ref} role="rowgroup" className={classes.rows} style={{ height: virtualizer.getTotalSize() }}>
        {items.map(({ index, start }) => {
          const row = rows[index]
          return (
            row !== undefined && (
              <div
                key={index}
                role={view === 'grid' ? 'row' : 'none'}
                aria-rowindex={view === 'grid' ? index + 1 : undefined}
                className={classes.row}
                style={{ height: row.height, transform: `translateY(${start - top}px)` }}
              >
                {files.slice(row.start, row.end).map((file, i) => (
                  <Item
                    key={file.id}
                    file={file}
                    index={row.start + i}
                    width={row.widths[i] ?? 0}
                    dense={density === 'compact'}
                    tabStop={row.start + i === tabStop}
                    takeFocus={takeFocus}
                    selection={selection}
                    to={props.linkTo(file)}
                    note={props.note?.(file)}
                    onExtend={extend}
                  />
                ))}
              </div>
            )
          )
        })}
      </div>
    </div>
  )
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
  return useMemo(() => {
    const dense = density === 'compact'
    if (view === 'list') {
      return stack(width > 0 ? files.length : 0, width, dense ? 44 : 64)
    }
    const narrow = width < 600
    return justify(files, { width, target: narrow ? (dense ? 100 : 150) : dense ? 150 : 230, gap, complete })
  }, [files, view, density, width, complete])
}

/** The file that Tab leads to: the one last used, or else the first. */
function useTabStop(files: readonly StoredFile[], selection: SelectionStore): number {
  const active = useStore(selection, (state) => state.active)
  return useMemo(
    () =>
      Math.max(
        0,
        files.findIndex(({ id }) => id === active),
      ),
    [files, active],
  )
}

/** Comes back to where the reader was, and sees to it that the file they looked at last is in sight. */
function usePlace(
  place: string,
  rows: readonly LaidRow[],
  top: number,
  rowGap: number,
  files: readonly StoredFile[],
  selection: SelectionStore,
) {
  const restored = useRef<string | null>(null)
  useLayoutEffect(() => {
    if (rows.length === 0 || restored.current === place) {
      return
    }
    restored.current = place
    const { scroll, active } = placeOf(place)
    const index = active === null ? -1 : files.findIndex(({ id }) => id === active)
    const row = rowOf(rows, index)
    const y = rows.slice(0, row).reduce((sum, { height }) => sum + height + rowGap, top)
    const height = rows[row]?.height ?? 0
    const seen = y >= scroll + hidden && y + height <= scroll + window.innerHeight
    if (index >= 0) {
      selection.getState().setActive(active)
    }
    window.scrollTo(0, index < 0 || seen ? scroll : y - (window.innerHeight - height) / 2)
  }, [place, rows, top, rowGap, files, selection])
  useLayoutEffect(() => {
    const remember = () => {
      if (restored.current === place) {
        rememberPlace(place, { scroll: window.scrollY })
      }
    }
    window.addEventListener('scroll', remember, { passive: true })
    return () => window.removeEventListener('scroll', remember)
  }, [place])
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
