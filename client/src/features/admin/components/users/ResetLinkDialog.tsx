import { useTranslation } from 'react-i18next'

import type { User } from '../../../../lib/api/types'
import { formatDateTime } from '../../../../lib/format'
import { useLanguage } from '../../../../lib/i18n/useLanguage'
import { useResetLink } from '../../api/resetLink'
import { ConfirmDialog } from '../ConfirmDialog'
import { ShownOnce } from '../ShownOnce'

interface Props {
  readonly user: User
  readonly onClose: () => void
}

/** Makes a reset link and shows it once. */
export function ResetLinkDialog({ user: { id, name }, onClose }: Props) {
  const { t } = useTranslation('admin')
  const language = useLanguage()
  const reset = useResetLink()
  const title = t('users.resetTitle', { name })
  if (reset.data !== undefined) {
    const { resetUrl, expiresAt } = reset.data
    return (
      <ShownOnce title={title} label={t('users.link')} value={resetUrl} onClose={onClose}>
        {t('users.resetText', { name, until: formatDateTime(expiresAt, language) })}
      </ShownOnce>
    )
  }
  return (
    <ConfirmDialog
      title={title}
      confirm={t('users.resetMake')}
      danger={false}
      pending={reset.isPending}
      error={reset.error}
      onConfirm={() => reset.mutate(id)}
      onClose={onClose}
    >
      {t('users.resetAsk', { name })}
    </ConfirmDialog>
  )
}
