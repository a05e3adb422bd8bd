import { Loader } from '@mantine/core'
import { IconEye, IconPlayerPause, IconPlayerPlay, IconRefresh, IconX } from '@tabler/icons-react'
import { useQueryClient } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { Link } from 'react-router'

import type { Upload } from '../../../lib/api/types'
import { useCancelUpload } from '../api/cancelUpload'
import { useRetryUpload } from '../api/retryUpload'
import { uploadQuery } from '../api/upload'
import { useQueue } from '../sending/queues'
import type { Row } from '../stores/transfers'
import { isOver, type Phase } from './phase'
import classes from './Tray.module.css'
import type { Teller } from './words'

interface RowProps {
  readonly row: Row
  readonly t: Teller['t']
}

interface Props extends RowProps {
  readonly upload: Upload | undefined
  readonly phase: Phase
}

/** What can be done with a row where it stands. */
export function RowActions({ row, upload, phase, t }: Props) {
  return (
    <div className={classes.actions}>
      <Main row={row} upload={upload} phase={phase} t={t} />
      <Last row={row} phase={phase} t={t} />
    </div>
  )
}

function Main({ row: { id, name }, upload, phase, t }: Props) {
  const queue = useQueue()
  switch (phase) {
    case 'waiting':
    case 'sending':
    case 'held':
      return (
        <Act label={t('row.pause', { name })} onClick={() => queue.pause([id])}>
          <IconPlayerPause size={18} aria-hidden />
        </Act>
      )
    case 'paused':
      return (
        <Act label={t('row.resume', { name })} onClick={() => queue.resume([id])}>
          <IconPlayerPlay size={18} aria-hidden />
        </Act>
      )
    case 'stalled':
      return upload === undefined ? null : <Retry name={name} uploadId={upload.id} t={t} />
    case 'canceled':
    case 'failed':
      return queue.fileOf(id) === null ? null : (
        <Act label={t('row.again', { name })} onClick={() => queue.resume([id])}>
          <IconRefresh size={18} aria-hidden />
        </Act>
      )
    case 'done':
      return <Show name={name} fileId={upload?.duplicateOf ?? upload?.fileId ?? null} t={t} />
    default:
      return null
  }
}

interface ShowProps {
  readonly name: string
  readonly fileId: string | null
  readonly t: Teller['t']
}

function Show({ name, fileId, t }: ShowProps) {
  return fileId === null ? null : (
    <Link
      to={`/files/${fileId}`}
      className={classes.act}
      aria-label={t('row.showName', { name })}
      title={t('row.show')}
      data-show
    >
      <IconEye size={18} aria-hidden />
    </Link>
  )
}

interface RetryProps {
  readonly name: string
  readonly uploadId: string
  readonly t: Teller['t']
}

function Retry({ name, uploadId, t }: RetryProps) {
  const retry = useRetryUpload()
  return (
    <Act label={t('row.retry', { name })} busy={retry.isPending} onClick={() => retry.mutate(uploadId)}>
      <IconRefresh size={18} aria-hidden />
    </Act>
  )
}

function Last({ row, phase, t }: RowProps & { readonly phase: Phase }) {
  const queue = useQueue()
  const { id, name, transfer } = row
  if (isOver(phase)) {
    return <Dismiss row={row} t={t} />
  }
  return transfer.stage === 'sent' ? (
    <CancelSent name={name} uploadId={transfer.uploadId} t={t} />
  ) : (
    <Act label={t('row.cancel', { name })} onClick={() => queue.cancel([id])}>
      <IconX size={18} aria-hidden />
    </Act>
  )
}

function CancelSent({ name, uploadId, t }: RetryProps) {
  const cancel = useCancelUpload()
  return (
    <Act label={t('row.cancel', { name })} busy={cancel.isPending} onClick={() => cancel.mutate(uploadId)}>
      <IconX size={18} aria-hidden />
    </Act>
  )
}

function Dismiss({ row: { id, name, uploadId }, t }: RowProps) {
  const queue = useQueue()
  const client = useQueryClient()
  const run = () => {
    queue.dismiss([id])
    if (uploadId !== null) {
      client.removeQueries({ ...uploadQuery(uploadId), type: 'inactive' })
    }
  }
  return (
    <Act label={t('row.dismiss', { name })} onClick={run}>
      <IconX size={18} aria-hidden />
    </Act>
  )
}

interface ActProps {
  readonly label: string
  readonly onClick: () => void
  readonly busy?: boolean
  readonly children: ReactNode
}

function Act({ label, onClick, busy = false, children }: ActProps) {
  return (
    <button
      type="button"
      className={classes.act}
      aria-label={label}
      title={label}
      disabled={busy}
      aria-busy={busy || undefined}
      onClick={onClick}
    >
      {busy ? <Loader size={16} color="gray" aria-hidden /> : children}
    </button>
  )
}
