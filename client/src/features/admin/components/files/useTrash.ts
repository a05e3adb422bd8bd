import { useTranslation } from 'react-i18next'

import type { AdminFile } from '../../../../lib/api/types'
import { useNotify } from '../../../../lib/notify'
import { useChangeFile } from '../../api/changeFile'

/** Trashes and restores at once; the trash can be taken back. */
export function useTrash() {
  const { t } = useTranslation('admin')
  const notify = useNotify()
  const { mutateAsync } = useChangeFile()
  // By themselves, not by the hook's callbacks: the row that asked is gone by then.
  const restore = async ({ id, name }: AdminFile): Promise<void> => {
    try {
      await mutateAsync({ id, action: 'restore' })
      notify.done(t('files.restoredDone', { name }))
    } catch (error) {
      notify.failed(error)
    }
  }
  const trash = async (file: AdminFile): Promise<void> => {
    try {
      await mutateAsync({ id: file.id, action: 'trash' })
      notify.undo(t('files.trashedDone', { name: file.name }), () => void restore(file))
    } catch (error) {
      notify.failed(error)
    }
  }
  return { trash: (file: AdminFile) => void trash(file), restore: (file: AdminFile) => void restore(file) }
}
