import { useVirtualizer } from '@tanstack/react-virtual'
import { useRef } from 'react'
import { useTranslation } from 'react-i18next'

import classes from './Tray.module.css'
import { TrayRow } from './TrayRow'

interface Props {
  readonly ids: readonly string[]
}

const rowHeight = 84

/** The rows of the tray. Only those in sight are there, so that 500 cost no more than ten. */
export function TrayList({ ids }: Props) {
  const { t } = useTranslation('uploads')
  const scroller = useRef<HTMLDivElement>(null)
  // The compiler of React is not used: what the virtualizer gives may change without its identity.
  // eslint-disable-next-line react-hooks/incompatible-library
  const virtual = useVirtualizer({
    count: ids.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    getItemKey: (index) => ids[index] ?? index,
    overscan: 4,
  })
  const height = virtual.getTotalSize()
  return (
    <div ref={scroller} className={classes.list} style={{ flexBasis: height }}>
      <ul className={classes.rows} style={{ height }} aria-label={t('tray.list')}>
        {virtual.getVirtualItems().map(({ index, key, start }) => (
          <li
            key={key}
            ref={virtual.measureElement}
            data-index={index}
            className={classes.row}
            style={{ transform: `translateY(${start}px)` }}
            aria-posinset={index + 1}
            aria-setsize={ids.length}
          >
            <TrayRow id={ids[index] ?? ''} />
          </li>
        ))}
      </ul>
    </div>
  )
}
