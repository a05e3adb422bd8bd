import { useWindowVirtualizer } from '@tanstack/react-virtual'
import { type ReactNode, type Ref, useLayoutEffect, useRef, useState } from 'react'

import classes from './DataTable.module.css'

export interface Column<T> {
  readonly key: string
  readonly header: string
  readonly cell: (row: T) => ReactNode
  readonly align?: 'end'
  /** What the row is about: the head of its card on a phone, which has no label before it. */
  readonly title?: boolean
}

interface Props<T extends { readonly id: string }> {
  readonly label: string
  readonly columns: readonly Column<T>[]
  readonly rows: readonly T[]
  /** What is shown below a row; null for a row that is closed. */
  readonly details?: ((row: T) => ReactNode) | undefined
}

// A phone's style takes the elements' display away, and with it some browsers take their roles.
const roles = {
  table: { role: 'table' },
  rows: { role: 'rowgroup' },
  row: { role: 'row' },
  head: { role: 'columnheader' },
  cell: { role: 'cell' },
} as const

/** From here on only the rows near the window are in the page. */
const many = 100

/** A table that becomes a list of cards on a phone. */
export function DataTable<T extends { readonly id: string }>(props: Props<T>) {
  const { label, columns, rows } = props
  return (
    // The focus can be in here: what is too wide scrolls by the arrow keys.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className={classes.scroll} role="group" aria-label={label} tabIndex={0}>
      <table className={classes.table} {...roles.table} aria-label={label} aria-rowcount={rows.length + 1}>
        <thead {...roles.rows} className={classes.heads}>
          <tr {...roles.row}>
            {columns.map(({ key, header, align }) => (
              <th key={key} {...roles.head} scope="col" className={cellClass(classes.head, align)}>
                {header}
              </th>
            ))}
          </tr>
        </thead>
        {rows.length > many ? <FewOfMany {...props} /> : rows.map((row) => <Row key={row.id} row={row} {...props} />)}
      </table>
    </div>
  )
}

function FewOfMany<T extends { readonly id: string }>(props: Props<T>) {
  const { rows, columns } = props
  const top = useRef<HTMLTableSectionElement>(null)
  const [scrollMargin, setScrollMargin] = useState(0)
  useLayoutEffect(() => {
    setScrollMargin((top.current?.getBoundingClientRect().top ?? 0) + window.scrollY)
  }, [])
  const virtual = useWindowVirtualizer({
    count: rows.length,
    estimateSize: () => 57,
    getItemKey: (index) => rows[index]?.id ?? index,
    overscan: 12,
    scrollMargin,
  })
  const shown = virtual.getVirtualItems()
  const before = (shown[0]?.start ?? scrollMargin) - scrollMargin
  const after = virtual.getTotalSize() - (shown.at(-1)?.end ?? scrollMargin) + scrollMargin
  return (
    <>
      <Gap ref={top} height={before} columns={columns.length} />
      {shown.map(({ index, key }) => {
        const row = rows[index]
        return row && <Row key={key} row={row} index={index} measure={virtual.measureElement} {...props} />
      })}
      <Gap height={after} columns={columns.length} />
    </>
  )
}

function Gap({
  height,
  columns,
  ref,
}: {
  readonly height: number
  readonly columns: number
  readonly ref?: Ref<HTMLTableSectionElement>
}) {
  return (
    <tbody ref={ref} aria-hidden>
      <tr>
        <td colSpan={columns} style={{ height, padding: 0 }} />
      </tr>
    </tbody>
  )
}

interface RowProps<T extends { readonly id: string }> extends Props<T> {
  readonly row: T
  readonly index?: number
  readonly measure?: (element: HTMLElement | null) => void
}

function Row<T extends { readonly id: string }>({ row, columns, details, index, measure }: RowProps<T>) {
  const below = details?.(row) ?? null
  return (
    <tbody {...roles.rows} className={classes.body} ref={measure} data-index={index}>
      <tr {...roles.row} className={classes.row}>
        {columns.map(({ key, header, cell, align, title }) => (
          <td
            key={key}
            {...roles.cell}
            className={cellClass(classes.cell, align)}
            {...(title === true ? { 'data-title': true } : { 'data-label': header })}
          >
            {cell(row)}
          </td>
        ))}
      </tr>
      {below !== null && (
        <tr {...roles.row} className={classes.detailsRow}>
          <td {...roles.cell} colSpan={columns.length} className={classes.details}>
            {below}
          </td>
        </tr>
      )}
    </tbody>
  )
}

function cellClass(base: string | undefined, align: 'end' | undefined): string {
  return `${base} ${align === 'end' ? classes.end : ''}`
}
