import { useTranslation } from 'react-i18next'

import { useCreateWebhook } from '../../api/createWebhook'
import { Dialog } from '../Dialog'
import { ShownOnce } from '../ShownOnce'
import { webhookEvents, WebhookForm } from './WebhookForm'

/** Makes a webhook, then shows its secret. */
export function AddWebhookDialog({ onClose }: { readonly onClose: () => void }) {
  const { t } = useTranslation('admin')
  const create = useCreateWebhook()
  if (create.data?.secret !== undefined) {
    return (
      <ShownOnce
        title={t('webhooks.secretTitle')}
        label={t('webhooks.secret')}
        value={create.data.secret}
        onClose={onClose}
      >
        {t('webhooks.secretText')}
      </ShownOnce>
    )
  }
  return (
    <Dialog title={t('webhooks.addTitle')} size="lg" onClose={onClose}>
      <WebhookForm
        initial={{ url: '', description: '', events: webhookEvents }}
        submitLabel={t('webhooks.create')}
        pending={create.isPending}
        error={create.error}
        onSubmit={({ url, description, events }) => create.mutate({ url, description, events: [...events] })}
        onCancel={onClose}
      />
    </Dialog>
  )
}
