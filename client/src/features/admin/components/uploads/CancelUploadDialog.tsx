import { useTranslation } from 'react-i18next'

import type { AdminUpload } from '../../../../lib/api/types'
import { useNotify } from '../../../../lib/notify'
import { useCancelUpload } from '../../api/cancelUpload'
import { ConfirmDialog } from '../ConfirmDialog'

interface Props {
  readonly upload: AdminUpload
  readonly onClose: () => void
}

export function CancelUploadDialog({ upload: { id, name }, onClose }: Props) {
  const { t } = useTranslation('admin')
  const notify = useNotify()
  const cancel = useCancelUpload()
  const confirm = () => {
    cancel.mutate(id, {
      onSuccess: () => {
        notify.done(t('uploads.canceled', { name }))
        onClose()
      },
    })
  }
  return (
    <ConfirmDialog
      title={t('uploads.cancelTitle', { name })}
      confirm={t('uploads.cancel')}
      cancel={t('uploads.keep')}
      pending={cancel.isPending}
      error={cancel.error}
      onConfirm={confirm}
      onClose={onClose}
    >
      {t('uploads.cancelText')}
    </ConfirmDialog>
  )
}
