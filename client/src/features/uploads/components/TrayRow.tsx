import { Badge } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { memo, useState } from 'react'

import type { Upload } from '../../../lib/api/types'
import { uploadQuery } from '../api/upload'
import { type Row, useTransfers } from '../stores/transfers'
import { type Phase, phaseOf } from './phase'
import { PhaseIcon } from './PhaseIcon'
import { RowActions } from './RowActions'
import { Steps } from './Steps'
import { Thumb } from './Thumb'
import { colourOf } from './tones'
import classes from './Tray.module.css'
import { describeRow, type Teller } from './words'

interface Props {
  readonly id: string
  readonly index: number
  /** How many rows the list has. */
  readonly count: number
  /** Pixels from the top of the list, and how many it takes. */
  readonly start: number
  readonly size: number
  /** Whether it need not be more than a name for now. */
  readonly plain: boolean
  /** Told the element of a row that is whole, whose height depends on what it says. */
  readonly measure: (element: HTMLElement | null) => void
  readonly teller: Teller
}

/**
 * One file: the truth about where it is. A row that appears while its reader flies by is a name only, until there is
 * time to look at it; one that was whole stays whole. There may be hundreds: they are made of plain elements, for
 * components that work out their styles cost several times as much.
 */
export const TrayRow = memo(function TrayRow({ id, index, count, start, size, plain, measure, teller }: Props) {
  const row = useTransfers(({ rows }) => rows.get(id))
  const [whole, setWhole] = useState(!plain)
  if (!plain && !whole) {
    setWhole(true)
  }
  const transform = `translateY(${start}px)`
  return (
    <li
      ref={whole ? measure : null}
      data-index={index}
      className={classes.row}
      style={whole ? { transform } : { transform, height: size }}
      aria-posinset={index + 1}
      aria-setsize={count}
      aria-busy={!whole || undefined}
    >
      {row !== undefined && (whole ? <Whole row={row} teller={teller} /> : <Plain row={row} />)}
    </li>
  )
})

function Plain({ row }: { readonly row: Row }) {
  return (
    <>
      <div className={classes.thumb} />
      <span className={classes.fileName}>{row.name}</span>
    </>
  )
}

interface RowProps {
  readonly row: Row
  readonly teller: Teller
}

const Whole = memo(function Whole({ row, teller }: RowProps) {
  const { transfer } = row
  return transfer.stage === 'sent' ? (
    <Sent row={row} uploadId={transfer.uploadId} teller={teller} />
  ) : (
    <Shown row={row} upload={undefined} teller={teller} />
  )
})

function Sent({ row, uploadId, teller }: RowProps & { readonly uploadId: string }) {
  // The event stream and useFollow bring it: 500 rows do not ask one by one.
  const { data } = useQuery({ ...uploadQuery(uploadId), enabled: false })
  return <Shown row={row} upload={data} teller={teller} />
}

function Shown({ row, upload, teller }: RowProps & { readonly upload: Upload | undefined }) {
  const phase = phaseOf(row.transfer, upload)
  return (
    <>
      <Thumb row={row} upload={upload} />
      <div>
        <div className={classes.name}>
          <PhaseIcon phase={phase} />
          <span className={classes.fileName} title={row.name}>
            {row.name}
          </span>
          {row.fileId !== null && (
            <Badge size="xs" variant="light" flex="none">
              {teller.t('row.newVersion')}
            </Badge>
          )}
        </div>
        <div className={classes.status} style={{ color: colourOf(phase) }}>
          {describeRow(row, upload, teller)}
        </div>
        <Bar row={row} upload={upload} phase={phase} teller={teller} />
      </div>
      <RowActions row={row} upload={upload} phase={phase} t={teller.t} />
    </>
  )
}

interface BarProps extends RowProps {
  readonly upload: Upload | undefined
  readonly phase: Phase
}

function Bar({ row: { name, size, transfer }, upload, phase, teller: { t } }: BarProps) {
  if (transfer.stage === 'sending' || transfer.stage === 'paused' || transfer.stage === 'held') {
    const percent = size === 0 ? 100 : (100 * transfer.sent) / size
    return (
      <div
        role="progressbar"
        aria-label={t('row.progress', { name })}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round(percent)}
        className={classes.bar}
      >
        <div data-rests={transfer.stage !== 'sending' || undefined} style={{ width: `${percent}%` }} />
      </div>
    )
  }
  return upload !== undefined && (phase === 'processing' || phase === 'stalled') ? (
    <Steps upload={upload} t={t} />
  ) : null
}
