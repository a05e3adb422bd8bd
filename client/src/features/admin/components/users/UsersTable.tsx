import { Avatar, Badge, Group, Progress, Stack, Text } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import { RelativeTime } from '../../../../components/Time'
import type { User } from '../../../../lib/api/types'
import { formatBytes, formatNumber } from '../../../../lib/format'
import { useLanguage } from '../../../../lib/i18n/useLanguage'
import { useMe } from '../../../../lib/session/session'
import { type Column, DataTable } from '../DataTable'
import { StateBadge } from '../StateBadge'
import { DeleteUserDialog } from './DeleteUserDialog'
import { EditUserDialog } from './EditUserDialog'
import { ResetLinkDialog } from './ResetLinkDialog'
import { UserMenu } from './UserMenu'

/** What is being done with whom in a dialog. */
interface Doing {
  readonly what: 'edit' | 'reset' | 'delete'
  readonly user: User
}

export function UsersTable({ users }: { readonly users: readonly User[] }) {
  const { t } = useTranslation('admin')
  const [doing, setDoing] = useState<Doing | null>(null)
  const columns: readonly Column<User>[] = [
    { key: 'person', header: t('users.person'), title: true, cell: (user) => <Person user={user} /> },
    { key: 'role', header: t('users.role'), cell: ({ role }) => t(`users.roles.${role}`) },
    {
      key: 'status',
      header: t('users.status'),
      cell: ({ status }) => (
        <StateBadge tone={status === 'active' ? 'good' : 'off'}>{t(`users.statuses.${status}`)}</StateBadge>
      ),
    },
    { key: 'space', header: t('users.space'), cell: (user) => <Space user={user} /> },
    { key: 'since', header: t('users.since'), cell: ({ createdAt }) => <RelativeTime value={createdAt} /> },
    {
      key: 'actions',
      header: t('common.actions'),
      align: 'end',
      cell: (user) => <UserMenu user={user} onDo={(what) => setDoing({ what, user })} />,
    },
  ]
  const close = () => setDoing(null)
  return (
    <>
      <DataTable label={t('users.title')} columns={columns} rows={users} />
      {doing?.what === 'edit' && <EditUserDialog user={doing.user} onClose={close} />}
      {doing?.what === 'reset' && <ResetLinkDialog user={doing.user} onClose={close} />}
      {doing?.what === 'delete' && <DeleteUserDialog user={doing.user} onClose={close} />}
    </>
  )
}

function Person({ user: { id, name, email } }: { readonly user: User }) {
  const { t } = useTranslation('admin')
  const me = useMe()
  return (
    <Group gap="sm" wrap="nowrap">
      <Avatar name={name} color="safelight" radius="xl" size={34} aria-hidden />
      <Stack gap={0} miw={0}>
        <Group gap={6} wrap="nowrap">
          <Text size="sm" fw={600} truncate maw={220}>
            {name}
          </Text>
          {id === me.id && (
            <Badge size="sm" variant="default" tt="none">
              {t('users.you')}
            </Badge>
          )}
        </Group>
        <Text size="xs" c="dimmed" truncate maw={240} title={email}>
          {email}
        </Text>
      </Stack>
    </Group>
  )
}

function Space({ user: { usedBytes, quotaBytes, usedFiles, quotaFiles } }: { readonly user: User }) {
  const { t } = useTranslation('admin')
  const language = useLanguage()
  const share = quotaBytes > 0 ? Math.min(100, (100 * usedBytes) / quotaBytes) : 100
  const text = t('users.spaceOf', { used: formatBytes(usedBytes, language), quota: formatBytes(quotaBytes, language) })
  return (
    <Stack gap={2} miw={160}>
      <Progress value={share} size="sm" aria-label={text} {...(share > 90 ? { color: 'red' } : {})} />
      <Text size="xs">{text}</Text>
      <Text size="xs" c="dimmed">
        {t('users.filesOf', { used: formatNumber(usedFiles, language), quota: formatNumber(quotaFiles, language) })}
      </Text>
    </Stack>
  )
}
