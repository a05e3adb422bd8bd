import { useTranslation } from 'react-i18next'

import type { Webhook } from '../../../../lib/api/types'
import { useNotify } from '../../../../lib/notify'
import { useTestWebhook } from '../../api/testWebhook'
import { useUpdateWebhook } from '../../api/updateWebhook'

/** What is done with a webhook at once, without a dialog. */
export function useWebhookActions({ id }: Webhook) {
  const { t } = useTranslation('admin')
  const notify = useNotify()
  const { mutate: update } = useUpdateWebhook()
  const { mutate: send } = useTestWebhook()
  const onError = (error: Error) => notify.failed(error)
  const resume = () => {
    update({ id, enabled: true }, { onError, onSuccess: () => notify.done(t('webhooks.resumedDone')) })
  }
  return {
    resume,
    pause: () => {
      update({ id, enabled: false }, { onError, onSuccess: () => notify.undo(t('webhooks.pausedDone'), resume) })
    },
    test: () => {
      send(id, { onError, onSuccess: () => notify.done(t('webhooks.tested')) })
    },
  }
}
