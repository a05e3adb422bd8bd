import { Anchor, Button, Code, Group, Stack, Text } from '@mantine/core'
import { IconLockOpen, IconTrash } from '@tabler/icons-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'

import { RelativeTime } from '../../../../components/Time'
import type { Quarantined } from '../../../../lib/api/types'
import { formatBytes } from '../../../../lib/format'
import { useLanguage } from '../../../../lib/i18n/useLanguage'
import { type Column, DataTable } from '../DataTable'
import { StateBadge, type Tone } from '../StateBadge'
import { DeleteQuarantinedDialog } from './DeleteQuarantinedDialog'
import { ReleaseDialog } from './ReleaseDialog'

const tones: Readonly<Record<Quarantined['state'], Tone>> = {
  held: 'warns',
  released: 'good',
  deleted: 'off',
  expired: 'off',
  lost: 'bad',
}

interface Doing {
  readonly what: 'release' | 'delete'
  readonly item: Quarantined
}

export function QuarantineTable({ items }: { readonly items: readonly Quarantined[] }) {
  const { t } = useTranslation('admin')
  const [doing, setDoing] = useState<Doing | null>(null)
  const columns: readonly Column<Quarantined>[] = [
    { key: 'file', header: t('quarantine.file'), title: true, cell: (item) => <Name item={item} /> },
    { key: 'signature', header: t('quarantine.signature'), cell: ({ signature }) => <Code>{signature}</Code> },
    {
      key: 'owner',
      header: t('common.owner'),
      cell: ({ ownerEmail, ownerId }) => (
        <Anchor component={Link} to={`/admin/uploads?ownerId=${ownerId}`} size="sm" truncate display="block" maw={220}>
          {ownerEmail}
        </Anchor>
      ),
    },
    { key: 'locked', header: t('quarantine.locked'), cell: ({ createdAt }) => <RelativeTime value={createdAt} /> },
    {
      key: 'state',
      header: t('common.state'),
      cell: (item) => <StateBadge tone={tones[item.state]}>{t(`quarantine.states.${item.state}`)}</StateBadge>,
    },
    {
      key: 'actions',
      header: t('common.actions'),
      align: 'end',
      cell: (item) =>
        item.state === 'held' ? (
          <Actions item={item} onDo={(what) => setDoing({ what, item })} />
        ) : (
          <Ended item={item} />
        ),
    },
  ]
  const close = () => setDoing(null)
  return (
    <>
      <DataTable label={t('quarantine.title')} columns={columns} rows={items} />
      {doing?.what === 'release' && <ReleaseDialog item={doing.item} onClose={close} />}
      {doing?.what === 'delete' && <DeleteQuarantinedDialog item={doing.item} onClose={close} />}
    </>
  )
}

function Name({ item: { name, size, mimeType } }: { readonly item: Quarantined }) {
  const language = useLanguage()
  return (
    <Stack gap={0} miw={0}>
      <Text size="sm" fw={600} truncate maw={260} title={name}>
        {name}
      </Text>
      <Text size="xs" c="dimmed">
        {formatBytes(size, language)} · {mimeType}
      </Text>
    </Stack>
  )
}

interface ActionsProps {
  readonly item: Quarantined
  readonly onDo: (what: Doing['what']) => void
}

function Actions({ item: { name }, onDo }: ActionsProps) {
  const { t } = useTranslation()
  const { t: tAdmin } = useTranslation('admin')
  return (
    <Group gap="xs" wrap="nowrap" justify="flex-end">
      <Button
        size="compact-sm"
        variant="default"
        leftSection={<IconLockOpen size={14} aria-hidden />}
        aria-label={`${tAdmin('quarantine.release')}: ${name}`}
        onClick={() => onDo('release')}
      >
        {tAdmin('quarantine.release')}
      </Button>
      <Button
        size="compact-sm"
        variant="default"
        leftSection={<IconTrash size={14} aria-hidden />}
        aria-label={`${t('action.delete')}: ${name}`}
        onClick={() => onDo('delete')}
      >
        {t('action.delete')}
      </Button>
    </Group>
  )
}

function Ended({ item: { endedAt, reason } }: { readonly item: Quarantined }) {
  const { t } = useTranslation('admin')
  return (
    <Stack gap={0}>
      {endedAt !== null && (
        <Text size="xs" c="dimmed">
          <RelativeTime value={endedAt} />
        </Text>
      )}
      {reason !== null && <Text size="xs">{t('quarantine.because', { reason })}</Text>}
    </Stack>
  )
}
