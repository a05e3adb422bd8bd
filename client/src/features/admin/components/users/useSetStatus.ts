import { useTranslation } from 'react-i18next'

import type { User } from '../../../../lib/api/types'
import { useNotify } from '../../../../lib/notify'
import { useUpdateUser } from '../../api/updateUser'

/** Suspends or activates at once, and offers to take it back. */
export function useSetStatus(): (user: User, status: User['status']) => void {
  const { t } = useTranslation('admin')
  const notify = useNotify()
  const { mutateAsync } = useUpdateUser()
  // By itself, not by the hook's callbacks: the menu that asked is closed by then.
  const change = async (user: User, status: User['status'], undoable: boolean): Promise<void> => {
    const { id, name } = user
    try {
      await mutateAsync({ id, status })
    } catch (error) {
      notify.failed(error)
      return
    }
    const message = status === 'suspended' ? t('users.suspended', { name }) : t('users.activated', { name })
    if (undoable) {
      notify.undo(message, () => void change(user, user.status, false))
    } else {
      notify.done(message)
    }
  }
  return (user, status) => void change(user, status, true)
}
