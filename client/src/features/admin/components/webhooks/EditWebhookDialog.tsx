import { useTranslation } from 'react-i18next'

import type { Webhook } from '../../../../lib/api/types'
import { useNotify } from '../../../../lib/notify'
import { useUpdateWebhook } from '../../api/updateWebhook'
import { Dialog } from '../Dialog'
import { WebhookForm, type WebhookValues } from './WebhookForm'

interface Props {
  readonly webhook: Webhook
  readonly onClose: () => void
}

export function EditWebhookDialog({ webhook, onClose }: Props) {
  const { t } = useTranslation()
  const { t: tAdmin } = useTranslation('admin')
  const notify = useNotify()
  const update = useUpdateWebhook()
  const save = ({ url, description, events }: WebhookValues) => {
    update.mutate(
      { id: webhook.id, url, description, events: [...events] },
      {
        onSuccess: () => {
          notify.done(tAdmin('webhooks.saved'))
          onClose()
        },
      },
    )
  }
  return (
    <Dialog title={tAdmin('webhooks.editTitle')} size="lg" onClose={onClose}>
      <WebhookForm
        initial={webhook}
        submitLabel={t('action.save')}
        pending={update.isPending}
        error={update.error}
        onSubmit={save}
        onCancel={onClose}
      />
    </Dialog>
  )
}
