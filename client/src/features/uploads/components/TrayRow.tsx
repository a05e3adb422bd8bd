import { Badge, Progress, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { memo } from 'react'
import { useTranslation } from 'react-i18next'

import type { Upload } from '../../../lib/api/types'
import { useTellProblem } from '../../../lib/i18n/problems'
import { useLanguage } from '../../../lib/i18n/useLanguage'
import { uploadQuery } from '../api/upload'
import { type Row, useTransfers } from '../stores/transfers'
import { type Phase, phaseOf } from './phase'
import { PhaseIcon } from './PhaseIcon'
import { RowActions } from './RowActions'
import { Steps } from './Steps'
import { Thumb } from './Thumb'
import { colourOf } from './tones'
import classes from './Tray.module.css'
import { describeRow } from './words'

interface Props {
  readonly id: string
}

/** One file: the truth about where it is. */
export const TrayRow = memo(function TrayRow({ id }: Props) {
  const row = useTransfers(({ rows }) => rows.get(id))
  return row === undefined ? null : <Shown row={row} />
})

function Shown({ row }: { readonly row: Row }) {
  const { t } = useTranslation('uploads')
  const language = useLanguage()
  const tell = useTellProblem()
  const sent = row.transfer.stage === 'sent' ? row.transfer.uploadId : null
  // The event stream and useFollow bring it: 500 rows do not ask one by one.
  const { data } = useQuery({ ...uploadQuery(sent ?? ''), enabled: false })
  const upload = sent === null ? undefined : data
  const phase = phaseOf(row.transfer, upload)
  return (
    <>
      <Thumb row={row} upload={upload} />
      <div>
        <div className={classes.name}>
          <PhaseIcon phase={phase} />
          <Text size="sm" fw={600} truncate title={row.name}>
            {row.name}
          </Text>
          {row.fileId !== null && (
            <Badge size="xs" variant="light" flex="none">
              {t('row.newVersion')}
            </Badge>
          )}
        </div>
        <Text size="xs" className={classes.status} c={colourOf(phase)}>
          {describeRow(row, upload, { t, language, tell })}
        </Text>
        <Bar row={row} upload={upload} phase={phase} />
      </div>
      <RowActions row={row} upload={upload} phase={phase} />
    </>
  )
}

interface BarProps {
  readonly row: Row
  readonly upload: Upload | undefined
  readonly phase: Phase
}

function Bar({ row: { name, size, transfer }, upload, phase }: BarProps) {
  const { t } = useTranslation('uploads')
  if (transfer.stage === 'sending' || transfer.stage === 'paused' || transfer.stage === 'held') {
    const colour = transfer.stage === 'sending' ? {} : { color: 'gray' }
    return (
      <Progress
        value={(100 * transfer.sent) / size}
        size="sm"
        mt={6}
        aria-label={t('row.progress', { name })}
        {...colour}
      />
    )
  }
  return upload !== undefined && (phase === 'processing' || phase === 'stalled') ? <Steps upload={upload} /> : null
}
