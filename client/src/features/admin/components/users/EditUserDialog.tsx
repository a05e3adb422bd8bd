import { useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'

import type { User } from '../../../../lib/api/types'
import { useNotify } from '../../../../lib/notify'
import { meQuery } from '../../../../lib/session/session'
import { useUpdateUser } from '../../api/updateUser'
import { Dialog } from '../Dialog'
import { UserForm } from './UserForm'
import { changesOf, formOf, type UserFormValues } from './userForm'

interface Props {
  readonly user: User
  readonly onClose: () => void
}

export function EditUserDialog({ user, onClose }: Props) {
  const { t } = useTranslation()
  const { t: tAdmin } = useTranslation('admin')
  const client = useQueryClient()
  const notify = useNotify()
  const update = useUpdateUser()
  const save = (values: UserFormValues) => {
    const changes = changesOf(user, values)
    if (Object.keys(changes).length === 0) {
      onClose()
      return
    }
    update.mutate(
      { id: user.id, ...changes },
      {
        onSuccess: (changed) => {
          // It may be oneself: the page's head shows the name and the space.
          client.setQueryData(meQuery.queryKey, (me) => (me?.id === changed.id ? changed : me))
          notify.done(tAdmin('users.saved', { name: changed.name }))
          onClose()
        },
      },
    )
  }
  return (
    <Dialog title={tAdmin('users.editTitle', { name: user.name })} onClose={onClose}>
      <UserForm
        initial={formOf(user)}
        existing
        submitLabel={t('action.save')}
        pending={update.isPending}
        error={update.error}
        onSubmit={save}
        onCancel={onClose}
      />
    </Dialog>
  )
}
