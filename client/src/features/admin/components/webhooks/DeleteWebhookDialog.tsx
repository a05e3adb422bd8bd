import { useTranslation } from 'react-i18next'

import type { Webhook } from '../../../../lib/api/types'
import { useNotify } from '../../../../lib/notify'
import { useDeleteWebhook } from '../../api/deleteWebhook'
import { ConfirmDialog } from '../ConfirmDialog'

interface Props {
  readonly webhook: Webhook
  readonly onClose: () => void
}

export function DeleteWebhookDialog({ webhook: { id, url }, onClose }: Props) {
  const { t } = useTranslation()
  const { t: tAdmin } = useTranslation('admin')
  const notify = useNotify()
  const remove = useDeleteWebhook()
  const confirm = () => {
    remove.mutate(id, {
      onSuccess: () => {
        notify.done(tAdmin('webhooks.deleted'))
        onClose()
      },
    })
  }
  return (
    <ConfirmDialog
      title={tAdmin('webhooks.deleteTitle')}
      confirm={t('action.delete')}
      pending={remove.isPending}
      error={remove.error}
      onConfirm={confirm}
      onClose={onClose}
    >
      {tAdmin('webhooks.deleteText', { url })}
    </ConfirmDialog>
  )
}
