import { useTranslation } from 'react-i18next'

import type { Webhook } from '../../../../lib/api/types'
import { useUpdateWebhook } from '../../api/updateWebhook'
import { ConfirmDialog } from '../ConfirmDialog'
import { ShownOnce } from '../ShownOnce'

interface Props {
  readonly webhook: Webhook
  readonly onClose: () => void
}

/** Asks, for the old secret ends at once, then shows the new one. */
export function RotateSecretDialog({ webhook: { id }, onClose }: Props) {
  const { t } = useTranslation('admin')
  const rotate = useUpdateWebhook()
  if (rotate.data?.secret !== undefined) {
    return (
      <ShownOnce
        title={t('webhooks.secretTitle')}
        label={t('webhooks.secret')}
        value={rotate.data.secret}
        onClose={onClose}
      >
        {t('webhooks.secretText')}
      </ShownOnce>
    )
  }
  return (
    <ConfirmDialog
      title={t('webhooks.rotateTitle')}
      confirm={t('webhooks.rotateDo')}
      pending={rotate.isPending}
      error={rotate.error}
      onConfirm={() => rotate.mutate({ id, rotateSecret: true })}
      onClose={onClose}
    >
      {t('webhooks.rotateText')}
    </ConfirmDialog>
  )
}
