import { useVirtualizer } from '@tanstack/react-virtual'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import { useFlying } from '../../../lib/scrolling'
import classes from './Tray.module.css'
import { TrayRow } from './TrayRow'
import { useTeller } from './useTeller'

interface Props {
  readonly ids: readonly string[]
}

const rowHeight = 84

/** The rows of the tray. Only those in sight are there, so that 500 cost no more than ten. */
export function TrayList({ ids }: Props) {
  const { t } = useTranslation('uploads')
  const [scroller, setScroller] = useState<HTMLDivElement | null>(null)
  const flying = useFlying(scroller)
  const teller = useTeller()
  // The compiler of React is not used: what the virtualizer gives may change without its identity.
  // eslint-disable-next-line react-hooks/incompatible-library
  const virtual = useVirtualizer({
    count: ids.length,
    getScrollElement: () => scroller,
    estimateSize: () => rowHeight,
    getItemKey: (index) => ids[index] ?? index,
    overscan: 4,
  })
  const height = virtual.getTotalSize()
  return (
    <div ref={setScroller} className={classes.list} style={{ flexBasis: height }}>
      <ul className={classes.rows} style={{ height }} aria-label={t('tray.list')}>
        {virtual.getVirtualItems().map(({ index, key, start, size }) => (
          <TrayRow
            key={key}
            id={ids[index] ?? ''}
            index={index}
            count={ids.length}
            start={start}
            size={size}
            plain={flying}
            measure={virtual.measureElement}
            teller={teller}
          />
        ))}
      </ul>
    </div>
  )
}
