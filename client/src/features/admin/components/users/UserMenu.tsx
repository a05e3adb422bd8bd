import { Menu } from '@mantine/core'
import {
  IconActivity,
  IconHistory,
  IconKey,
  IconLibraryPhoto,
  IconLock,
  IconLockOpen,
  IconLogout,
  IconPencil,
  IconTrash,
} from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'

import type { User } from '../../../../lib/api/types'
import { useNotify } from '../../../../lib/notify'
import { useEndSessions } from '../../api/endSessions'
import { RowMenu } from '../RowMenu'
import { useSetStatus } from './useSetStatus'

interface Props {
  readonly user: User
  readonly onDo: (what: 'edit' | 'reset' | 'delete') => void
}

/** All that can be done with an account. */
export function UserMenu({ user, onDo }: Props) {
  const { t } = useTranslation('admin')
  const notify = useNotify()
  const setStatus = useSetStatus()
  const endSessions = useEndSessions()
  const { id, name, status } = user
  const signOut = () => {
    endSessions.mutate(id, {
      onSuccess: () => notify.done(t('users.sessionsEnded', { name })),
      onError: (error) => notify.failed(error),
    })
  }
  return (
    <RowMenu name={name}>
      <Menu.Item leftSection={<IconPencil size={16} aria-hidden />} onClick={() => onDo('edit')}>
        {t('users.edit')}
      </Menu.Item>
      <Menu.Item leftSection={<IconKey size={16} aria-hidden />} onClick={() => onDo('reset')}>
        {t('users.resetLink')}
      </Menu.Item>
      <Menu.Item leftSection={<IconLogout size={16} aria-hidden />} onClick={signOut}>
        {t('users.endSessions')}
      </Menu.Item>
      {status === 'active' ? (
        <Menu.Item leftSection={<IconLock size={16} aria-hidden />} onClick={() => setStatus(user, 'suspended')}>
          {t('users.suspend')}
        </Menu.Item>
      ) : (
        <Menu.Item leftSection={<IconLockOpen size={16} aria-hidden />} onClick={() => setStatus(user, 'active')}>
          {t('users.activate')}
        </Menu.Item>
      )}
      <Menu.Divider />
      <Menu.Item
        component={Link}
        to={`/admin/uploads?ownerId=${id}`}
        leftSection={<IconActivity size={16} aria-hidden />}
      >
        {t('users.uploads')}
      </Menu.Item>
      <Menu.Item
        component={Link}
        to={`/admin/files?ownerId=${id}`}
        leftSection={<IconLibraryPhoto size={16} aria-hidden />}
      >
        {t('users.files')}
      </Menu.Item>
      <Menu.Item component={Link} to={`/admin/audit?actorId=${id}`} leftSection={<IconHistory size={16} aria-hidden />}>
        {t('users.audit')}
      </Menu.Item>
      <Menu.Divider />
      <Menu.Item color="red" leftSection={<IconTrash size={16} aria-hidden />} onClick={() => onDo('delete')}>
        {t('users.delete')}
      </Menu.Item>
    </RowMenu>
  )
}
