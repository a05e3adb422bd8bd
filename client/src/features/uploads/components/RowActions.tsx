import { ActionIcon, Group } from '@mantine/core'
import { IconEye, IconPlayerPause, IconPlayerPlay, IconRefresh, IconX } from '@tabler/icons-react'
import { useQueryClient } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'

import type { Upload } from '../../../lib/api/types'
import { useCancelUpload } from '../api/cancelUpload'
import { useRetryUpload } from '../api/retryUpload'
import { uploadQuery } from '../api/upload'
import { useQueue } from '../sending/queues'
import type { Row } from '../stores/transfers'
import { isOver, type Phase } from './phase'

interface Props {
  readonly row: Row
  readonly upload: Upload | undefined
  readonly phase: Phase
}

/** What can be done with a row where it stands. */
export function RowActions({ row, upload, phase }: Props) {
  return (
    <Group gap={2} wrap="nowrap">
      <Main row={row} upload={upload} phase={phase} />
      {isOver(phase) ? <Dismiss row={row} /> : <Cancel row={row} />}
    </Group>
  )
}

function Main({ row: { id, name }, upload, phase }: Props) {
  const { t } = useTranslation('uploads')
  const queue = useQueue()
  const retry = useRetryUpload()
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
      return upload === undefined ? null : (
        <Act label={t('row.retry', { name })} busy={retry.isPending} onClick={() => retry.mutate(upload.id)}>
          <IconRefresh size={18} aria-hidden />
        </Act>
      )
    case 'canceled':
    case 'failed':
      return queue.fileOf(id) === null ? null : (
        <Act label={t('row.again', { name })} onClick={() => queue.resume([id])}>
          <IconRefresh size={18} aria-hidden />
        </Act>
      )
    case 'done':
      return <Show name={name} fileId={upload?.duplicateOf ?? upload?.fileId ?? null} />
    default:
      return null
  }
}

function Show({ name, fileId }: { readonly name: string; readonly fileId: string | null }) {
  const { t } = useTranslation('uploads')
  return fileId === null ? null : (
    <ActionIcon
      component={Link}
      to={`/files/${fileId}`}
      variant="subtle"
      size="md"
      aria-label={t('row.showName', { name })}
      title={t('row.show')}
    >
      <IconEye size={18} aria-hidden />
    </ActionIcon>
  )
}

function Cancel({ row: { id, name, transfer } }: { readonly row: Row }) {
  const { t } = useTranslation('uploads')
  const queue = useQueue()
  const cancel = useCancelUpload()
  const run = () => (transfer.stage === 'sent' ? cancel.mutate(transfer.uploadId) : queue.cancel([id]))
  return (
    <Act label={t('row.cancel', { name })} busy={cancel.isPending} onClick={run}>
      <IconX size={18} aria-hidden />
    </Act>
  )
}

function Dismiss({ row: { id, name, uploadId } }: { readonly row: Row }) {
  const { t } = useTranslation('uploads')
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
    <ActionIcon
      variant="subtle"
      color="gray"
      size="md"
      aria-label={label}
      title={label}
      loading={busy}
      onClick={onClick}
    >
      {children}
    </ActionIcon>
  )
}
