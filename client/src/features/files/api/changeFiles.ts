import { type QueryClient, useMutation, useQueryClient } from '@tanstack/react-query'

import { api } from '../../../lib/api/api'
import { ApiError, unwrap } from '../../../lib/api/client'
import type { ChangedFile, StoredFile } from '../../../lib/api/types'
import { meQuery } from '../../../lib/session/session'
import { findFiles, putFiles, removeFiles } from './cache'
import { fileKeys } from './keys'

export type BulkAction = 'trash' | 'restore' | 'delete'

/** The most that the server takes in one request. */
export const bulkLimit = 500

/** Changes many files, in as many requests as it takes. Each has a result of its own. */
export async function changeFiles(action: BulkAction, ids: readonly string[]): Promise<ChangedFile[]> {
  const changed: ChangedFile[] = []
  for (let i = 0; i < ids.length; i += bulkLimit) {
    const body = { action, ids: ids.slice(i, i + bulkLimit) }
    try {
      changed.push(...(await unwrap(api.POST('/api/v1/files/bulk', { body }))).items)
    } catch (error) {
      if (changed.length === 0 || !(error instanceof ApiError)) {
        throw error
      }
      // What was done before is done: the rest is told as not done.
      const { code, status } = error
      return [...changed, ...ids.slice(i).map((id) => ({ id, ok: false, code, status }))]
    }
  }
  return changed
}

interface Change {
  readonly action: BulkAction
  readonly files: readonly StoredFile[]
}

/** Trashes, restores or deletes. It is shown at once; what failed comes back. */
export function useChangeFiles() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: ({ action, files }: Change) =>
      changeFiles(
        action,
        files.map(({ id }) => id),
      ),
    onMutate: async (change) => {
      // An answer from before would undo what is shown now.
      await client.cancelQueries({ queryKey: fileKeys.lists, predicate: ({ state }) => state.data !== undefined })
      show(client, change)
    },
    onError: (_, { files }) => putFiles(client, files),
    onSuccess: (changed, { files }) => {
      const failed = new Set(changed.flatMap(({ id, ok }) => (ok ? [] : [id])))
      putFiles(
        client,
        files.filter(({ id }) => failed.has(id)),
      )
    },
    onSettled: () => {
      void client.invalidateQueries({ queryKey: meQuery.queryKey })
      // Lists of which no one looks at the present state are asked for again when someone does.
      void client.invalidateQueries({ queryKey: fileKeys.lists, refetchType: 'none' })
    },
  })
}

function show(client: QueryClient, { action, files }: Change): void {
  if (action === 'delete') {
    removeFiles(client, new Set(files.map(({ id }) => id)))
    return
  }
  const trashedAt = action === 'trash' ? new Date().toISOString() : null
  // What was captured before may be older than what is known by now.
  const known = findFiles(client, new Set(files.map(({ id }) => id)))
  putFiles(
    client,
    files.map((file) => ({ ...(known.get(file.id) ?? file), trashedAt })),
  )
}
