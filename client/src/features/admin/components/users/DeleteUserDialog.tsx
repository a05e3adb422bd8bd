import { useTranslation } from 'react-i18next'

import type { User } from '../../../../lib/api/types'
import { useNotify } from '../../../../lib/notify'
import { useDeleteUser } from '../../api/deleteUser'
import { ConfirmDialog } from '../ConfirmDialog'

interface Props {
  readonly user: User
  readonly onClose: () => void
}

/** Deletes an account once its address has been typed. */
export function DeleteUserDialog({ user: { id, name, email }, onClose }: Props) {
  const { t } = useTranslation('admin')
  const notify = useNotify()
  const remove = useDeleteUser()
  const confirm = () => {
    remove.mutate(id, {
      onSuccess: () => {
        notify.done(t('users.deleted', { name }))
        onClose()
      },
    })
  }
  return (
    <ConfirmDialog
      title={t('users.deleteTitle', { name })}
      confirm={t('users.delete')}
      word={email}
      pending={remove.isPending}
      error={remove.error}
      onConfirm={confirm}
      onClose={onClose}
    >
      {t('users.deleteText')}
    </ConfirmDialog>
  )
}
