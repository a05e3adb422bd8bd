import { useTranslation } from 'react-i18next'

import type { Quarantined } from '../../../../lib/api/types'
import { useNotify } from '../../../../lib/notify'
import { useDeleteQuarantined } from '../../api/deleteQuarantined'
import { ConfirmDialog } from '../ConfirmDialog'

interface Props {
  readonly item: Quarantined
  readonly onClose: () => void
}

export function DeleteQuarantinedDialog({ item: { id, name }, onClose }: Props) {
  const { t } = useTranslation()
  const { t: tAdmin } = useTranslation('admin')
  const notify = useNotify()
  const remove = useDeleteQuarantined()
  const confirm = () => {
    remove.mutate(id, {
      onSuccess: () => {
        notify.done(tAdmin('quarantine.deleted', { name }))
        onClose()
      },
    })
  }
  return (
    <ConfirmDialog
      title={tAdmin('quarantine.deleteTitle', { name })}
      confirm={t('action.delete')}
      pending={remove.isPending}
      error={remove.error}
      onConfirm={confirm}
      onClose={onClose}
    >
      {tAdmin('quarantine.deleteText')}
    </ConfirmDialog>
  )
}
