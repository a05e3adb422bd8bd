import { useCallback } from 'react'
import { useTranslation } from 'react-i18next'

import type { ChangedFile, StoredFile } from '../../lib/api/types'
import { useNotify } from '../../lib/notify'
import { type BulkAction, useChangeFiles } from './api/changeFiles'

const told = { trash: 'done.trashed', restore: 'done.restored', delete: 'done.deleted' } as const

/** Trashes, restores and deletes with words about it, and a way back where there is one. */
export function useBulk() {
  const { t } = useTranslation('files')
  const notify = useNotify()
  const { mutateAsync } = useChangeFiles()

  const tellFailed = useCallback(
    (changed: readonly ChangedFile[]) => {
      const failed = changed.filter(({ ok }) => !ok)
      const full = failed.filter(({ code }) => code === 'quota_exceeded').length
      if (full > 0) {
        notify.done(t('done.noSpace', { count: full }))
      }
      if (failed.length > full) {
        notify.done(t('done.failed', { count: failed.length - full }))
      }
    },
    [notify, t],
  )

  return useCallback(
    async (action: BulkAction, files: readonly StoredFile[]): Promise<void> => {
      if (files.length === 0) {
        return
      }
      try {
        const changed = await mutateAsync({ action, files })
        const done = new Set(changed.flatMap(({ id, ok }) => (ok ? [id] : [])))
        tellFailed(changed)
        if (done.size === 0) {
          return
        }
        const message = t(told[action], { count: done.size })
        if (action === 'trash') {
          const trashed = files.filter(({ id }) => done.has(id))
          notify.undo(message, () => {
            mutateAsync({ action: 'restore', files: trashed }).then(tellFailed, (error: unknown) =>
              notify.failed(error),
            )
          })
        } else {
          notify.done(message)
        }
      } catch (error) {
        notify.failed(error)
      }
    },
    [mutateAsync, notify, t, tellFailed],
  )
}
