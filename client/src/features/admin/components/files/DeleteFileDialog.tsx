import { useTranslation } from 'react-i18next'

import type { AdminFile } from '../../../../lib/api/types'
import { useNotify } from '../../../../lib/notify'
import { useChangeFile } from '../../api/changeFile'
import { ConfirmDialog } from '../ConfirmDialog'

interface Props {
  readonly file: AdminFile
  readonly onClose: () => void
}

export function DeleteFileDialog({ file: { id, name }, onClose }: Props) {
  const { t } = useTranslation('admin')
  const notify = useNotify()
  const change = useChangeFile()
  const confirm = () => {
    change.mutate(
      { id, action: 'delete' },
      {
        onSuccess: () => {
          notify.done(t('files.deleted', { name }))
          onClose()
        },
      },
    )
  }
  return (
    <ConfirmDialog
      title={t('files.deleteTitle', { name })}
      confirm={t('files.deleteForGood')}
      pending={change.isPending}
      error={change.error}
      onConfirm={confirm}
      onClose={onClose}
    >
      {t('files.deleteText')}
    </ConfirmDialog>
  )
}
