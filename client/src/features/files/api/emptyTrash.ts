import { useMutation, useQueryClient } from '@tanstack/react-query'

import { api } from '../../../lib/api/api'
import { unwrap } from '../../../lib/api/client'
import { meQuery } from '../../../lib/session/session'
import { removeFiles } from './cache'
import { changeFiles } from './changeFiles'
import { fileKeys } from './keys'

/** Deletes all that lies in the trash for good, page by page. Gives how many could not be. */
export function useEmptyTrash() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: async (): Promise<{ deleted: number; failed: number }> => {
      let deleted = 0
      let failed = 0
      let cursor: string | null = null
      do {
        const page = await trashPage(cursor)
        if (page.ids.length > 0) {
          const changed = await changeFiles('delete', page.ids)
          const gone = changed.filter(({ ok, status }) => ok || status === 404).map(({ id }) => id)
          removeFiles(client, new Set(gone))
          deleted += gone.length
          failed += changed.length - gone.length
        }
        // The cursor says after which file to go on: that it is gone does not matter.
        cursor = page.next
      } while (cursor !== null)
      return { deleted, failed }
    },
    onSettled: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: fileKeys.lists }),
        client.invalidateQueries({ queryKey: meQuery.queryKey }),
      ]),
  })
}

async function trashPage(cursor: string | null): Promise<{ ids: string[]; next: string | null }> {
  const query = { trashed: true, limit: 200, ...(cursor === null ? {} : { cursor }) }
  const page = await unwrap(api.GET('/api/v1/files', { params: { query } }))
  return { ids: page.items.map(({ id }) => id), next: page.nextCursor }
}
