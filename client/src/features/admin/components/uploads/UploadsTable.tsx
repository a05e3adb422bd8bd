import { ActionIcon, Anchor, Group, Menu, Stack, Text } from '@mantine/core'
import {
  IconBan,
  IconChevronDown,
  IconChevronRight,
  IconExternalLink,
  IconPhoto,
  IconRefresh,
} from '@tabler/icons-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'

import { RelativeTime } from '../../../../components/Time'
import type { AdminUpload } from '../../../../lib/api/types'
import { formatBytes } from '../../../../lib/format'
import { useLanguage } from '../../../../lib/i18n/useLanguage'
import { useNotify } from '../../../../lib/notify'
import { useRetryUpload } from '../../api/retryUpload'
import { type Column, DataTable } from '../DataTable'
import { RowMenu } from '../RowMenu'
import { StateBadge, type Tone } from '../StateBadge'
import { CancelUploadDialog } from './CancelUploadDialog'
import { currentStep } from './currentStep'
import { Steps } from './Steps'
import { useWords } from '../words'

const tones: Readonly<Record<AdminUpload['state'], Tone>> = {
  receiving: 'busy',
  processing: 'busy',
  stalled: 'warns',
  done: 'good',
  rejected: 'bad',
  canceled: 'off',
  failed: 'bad',
}

const over: ReadonlySet<AdminUpload['state']> = new Set(['done', 'rejected', 'canceled', 'failed'])

export function UploadsTable({ uploads }: { readonly uploads: readonly AdminUpload[] }) {
  const { t } = useTranslation('admin')
  const [openId, setOpenId] = useState<string | null>(null)
  const [canceling, setCanceling] = useState<AdminUpload | null>(null)
  const columns: readonly Column<AdminUpload>[] = [
    {
      key: 'name',
      header: t('uploads.upload'),
      title: true,
      cell: (upload) => (
        <Name
          upload={upload}
          open={upload.id === openId}
          onToggle={() => setOpenId(upload.id === openId ? null : upload.id)}
        />
      ),
    },
    {
      key: 'owner',
      header: t('common.owner'),
      cell: ({ ownerEmail, ownerId }) => (
        <Anchor component={Link} to={`/admin/uploads?ownerId=${ownerId}`} size="sm" truncate display="block" maw={200}>
          {ownerEmail ?? t('common.gone')}
        </Anchor>
      ),
    },
    {
      key: 'state',
      header: t('common.state'),
      cell: ({ state }) => <StateBadge tone={tones[state]}>{t(`state.${state}`)}</StateBadge>,
    },
    { key: 'step', header: t('uploads.step'), cell: (upload) => <StepCell upload={upload} /> },
    { key: 'reason', header: t('uploads.reason'), cell: (upload) => <Reason upload={upload} /> },
    {
      key: 'attempts',
      header: t('uploads.attempts'),
      align: 'end',
      cell: (upload) => currentStep(upload)?.attempt ?? '–',
    },
    { key: 'started', header: t('uploads.started'), cell: ({ createdAt }) => <RelativeTime value={createdAt} /> },
    {
      key: 'actions',
      header: t('common.actions'),
      align: 'end',
      cell: (upload) => <Actions upload={upload} onCancel={() => setCanceling(upload)} />,
    },
  ]
  return (
    <>
      <DataTable
        label={t('uploads.title')}
        columns={columns}
        rows={uploads}
        details={(upload) => (upload.id === openId ? <Steps upload={upload} /> : null)}
      />
      {canceling !== null && <CancelUploadDialog upload={canceling} onClose={() => setCanceling(null)} />}
    </>
  )
}

interface NameProps {
  readonly upload: AdminUpload
  readonly open: boolean
  readonly onToggle: () => void
}

function Name({ upload: { name, size }, open, onToggle }: NameProps) {
  const { t } = useTranslation('admin')
  const language = useLanguage()
  return (
    <Group gap={6} wrap="nowrap">
      <ActionIcon
        variant="subtle"
        color="gray"
        c="inherit"
        aria-expanded={open}
        aria-label={t('uploads.detailsOf', { name })}
        onClick={onToggle}
      >
        {open ? <IconChevronDown size={16} aria-hidden /> : <IconChevronRight size={16} aria-hidden />}
      </ActionIcon>
      <Stack gap={0} miw={0}>
        <Text size="sm" fw={600} truncate maw={240} title={name}>
          {name}
        </Text>
        <Text size="xs" c="dimmed">
          {formatBytes(size, language)}
        </Text>
      </Stack>
    </Group>
  )
}

function StepCell({ upload }: { readonly upload: AdminUpload }) {
  const words = useWords()
  const step = currentStep(upload)
  return step === undefined || upload.state === 'done' ? '–' : words.step(step.name)
}

function Reason({ upload }: { readonly upload: AdminUpload }) {
  const words = useWords()
  const { stallCode, rejection, outcome } = upload
  if (outcome !== null) {
    return words.outcome(outcome)
  }
  const code = stallCode ?? rejection?.code
  const stuck = upload.state === 'stalled' || upload.state === 'failed'
  const detail = rejection?.signature ?? (stuck ? currentStep(upload)?.message : null) ?? null
  return (
    <Stack gap={0} miw={0}>
      <Text size="sm">{code === undefined ? '–' : words.reason(code)}</Text>
      {detail !== null && (
        <Text size="xs" c="dimmed" truncate maw={220} title={detail}>
          {detail}
        </Text>
      )}
    </Stack>
  )
}

interface ActionsProps {
  readonly upload: AdminUpload
  readonly onCancel: () => void
}

function Actions({ upload, onCancel }: ActionsProps) {
  const { t } = useTranslation('admin')
  const notify = useNotify()
  const retry = useRetryUpload()
  const { id, name, state, temporalUrl, fileId } = upload
  const again = () => {
    retry.mutate(id, {
      onSuccess: () => notify.done(t('uploads.retried', { name })),
      onError: (error) => notify.failed(error),
    })
  }
  if (over.has(state) && temporalUrl === null && fileId === null) {
    return '–'
  }
  return (
    <RowMenu name={name}>
      {state === 'stalled' && (
        <Menu.Item leftSection={<IconRefresh size={16} aria-hidden />} onClick={again}>
          {t('uploads.retry')}
        </Menu.Item>
      )}
      {temporalUrl !== null && (
        <Menu.Item
          component="a"
          href={temporalUrl}
          target="_blank"
          rel="noreferrer"
          aria-label={t('uploads.workflowOf', { name })}
          leftSection={<IconExternalLink size={16} aria-hidden />}
        >
          {t('uploads.workflow')}
        </Menu.Item>
      )}
      {fileId !== null && (
        <Menu.Item component={Link} to={`/files/${fileId}`} leftSection={<IconPhoto size={16} aria-hidden />}>
          {t('uploads.openFile')}
        </Menu.Item>
      )}
      {!over.has(state) && (
        <Menu.Item color="red" leftSection={<IconBan size={16} aria-hidden />} onClick={onCancel}>
          {t('uploads.cancel')}
        </Menu.Item>
      )}
    </RowMenu>
  )
}
