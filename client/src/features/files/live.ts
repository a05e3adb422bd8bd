import type { QueryClient } from '@tanstack/react-query'

import type { ServerEvent } from '../../lib/events/parse'
import { meQuery } from '../../lib/session/session'
import { findFile, putFile, removeFiles } from './api/cache'
import { fileKeys } from './api/keys'

/** Many files at once are many events: what they make stale is asked for once in this time. */
const together = 1000

const stale = new WeakMap<QueryClient, Map<string, readonly unknown[]>>()

/** Brings an event into what is known of this feature's things. */
export function applyFileEvent(client: QueryClient, event: ServerEvent): void {
  if (event.kind === 'resync') {
    void client.invalidateQueries({ queryKey: fileKeys.all })
    void client.invalidateQueries({ queryKey: meQuery.queryKey })
    return
  }
  if (event.kind !== 'file') {
    return
  }
  const { action, id, file } = event
  const me = client.getQueryData(meQuery.queryKey)
  if (file !== null && me && file.ownerId !== me.id) {
    return
  }
  if (action === 'deleted' || file === null) {
    removeFiles(client, new Set([id]))
    void client.invalidateQueries({ queryKey: fileKeys.one(id) })
  } else {
    const known = findFile(client, id)
    const unsure = putFile(client, file)
    if (known?.currentVersion !== file.currentVersion || known.versionCount !== file.versionCount) {
      invalidateSoon(client, fileKeys.versions(id))
    }
    unsure.forEach((params) => invalidateSoon(client, fileKeys.list(params)))
  }
  if (action !== 'updated') {
    invalidateSoon(client, fileKeys.allSimilar)
  }
  invalidateSoon(client, meQuery.queryKey)
}

function invalidateSoon(client: QueryClient, key: readonly unknown[]): void {
  const waiting = stale.get(client)
  if (waiting !== undefined) {
    waiting.set(JSON.stringify(key), key)
    return
  }
  const keys = new Map([[JSON.stringify(key), key]])
  stale.set(client, keys)
  setTimeout(() => {
    stale.delete(client)
    for (const queryKey of keys.values()) {
      void client.invalidateQueries({ queryKey })
    }
  }, together)
}
