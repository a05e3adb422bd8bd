import { Table, Text } from '@mantine/core'
import { useWindowVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useEffectEvent, useLayoutEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'

import type { Upload } from '../../../lib/api/types'
import classes from './History.module.css'
import { HistoryRow } from './HistoryRow'

interface Props {
  readonly uploads: readonly Upload[]
  readonly more: boolean
  readonly onMore: () => void
}

const rowHeight = 68

/** My uploads as a table, of which only the rows in sight are there. */
export function History({ uploads, more, onMore }: Props) {
  const { t } = useTranslation('uploads')
  const top = useRef<HTMLDivElement>(null)
  const [offset, setOffset] = useState(0)
  useLayoutEffect(() => setOffset(top.current?.offsetTop ?? 0), [])
  const virtual = useWindowVirtualizer({
    count: uploads.length,
    estimateSize: () => rowHeight,
    getItemKey: (index) => uploads[index]?.id ?? index,
    overscan: 8,
    scrollMargin: offset,
  })
  const items = virtual.getVirtualItems()
  const last = items.at(-1)
  const near = more && last !== undefined && last.index >= uploads.length - 10
  const load = useEffectEvent(onMore)
  useEffect(() => {
    if (near) {
      load()
    }
  }, [near, uploads.length])
  const before = (items[0]?.start ?? offset) - offset
  const after = virtual.getTotalSize() - (last === undefined ? 0 : last.end - offset)
  return (
    <div ref={top}>
      <Table
        className={classes.table}
        verticalSpacing="xs"
        aria-label={t('page.table')}
        aria-rowcount={more ? -1 : uploads.length + 1}
      >
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('page.name')}</Table.Th>
            <Table.Th className={classes.wide} w={110}>
              {t('page.size')}
            </Table.Th>
            <Table.Th className={classes.wide} w={150}>
              {t('page.when')}
            </Table.Th>
            <Table.Th w={96}>
              <Text size="sm" fw={700} ta="right">
                {t('page.actions')}
              </Text>
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          <Spacer height={before} />
          {items.map(({ index, key }) => {
            const upload = uploads[index]
            return upload && <HistoryRow key={key} ref={virtual.measureElement} index={index} upload={upload} />
          })}
          <Spacer height={after} />
        </Table.Tbody>
      </Table>
    </div>
  )
}

function Spacer({ height }: { readonly height: number }) {
  return height <= 0 ? null : (
    <tr aria-hidden>
      {/* One cell: spanning columns that a phone does not show would bring them back, empty. */}
      <td style={{ height, padding: 0, border: 0 }} />
    </tr>
  )
}
