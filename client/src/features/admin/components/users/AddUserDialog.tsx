import { useTranslation } from 'react-i18next'

import { formatDateTime } from '../../../../lib/format'
import { useLanguage } from '../../../../lib/i18n/useLanguage'
import { useAddUser } from '../../api/addUser'
import { Dialog } from '../Dialog'
import { ShownOnce } from '../ShownOnce'
import { UserForm } from './UserForm'
import { bytesOf, newUser, type UserFormValues, wholeOf } from './userForm'

/** Makes an account, then shows the link that its user sets a password by. */
export function AddUserDialog({ onClose }: { readonly onClose: () => void }) {
  const { t } = useTranslation('admin')
  const language = useLanguage()
  const add = useAddUser()
  const submit = ({ email, name, role, quotaGb, quotaFiles }: UserFormValues) => {
    const bytes = bytesOf(quotaGb)
    const files = wholeOf(quotaFiles)
    add.mutate({
      email: email.trim(),
      name: name.trim(),
      role,
      ...(typeof bytes === 'number' ? { quotaBytes: bytes } : {}),
      ...(typeof files === 'number' ? { quotaFiles: files } : {}),
    })
  }
  if (add.data !== undefined && add.data.resetUrl !== null) {
    const { name, resetUrl, resetExpiresAt } = add.data
    const until = resetExpiresAt === null ? '' : formatDateTime(resetExpiresAt, language)
    return (
      <ShownOnce title={t('users.created')} label={t('users.link')} value={resetUrl} onClose={onClose}>
        {t('users.createdText', { name, until })}
      </ShownOnce>
    )
  }
  return (
    <Dialog title={t('users.addTitle')} onClose={onClose}>
      <UserForm
        initial={newUser}
        existing={false}
        submitLabel={t('users.create')}
        pending={add.isPending}
        error={add.error}
        onSubmit={submit}
        onCancel={onClose}
      />
    </Dialog>
  )
}
