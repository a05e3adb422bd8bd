import type { QueryClient } from '@tanstack/react-query'

import type { Upload } from '../../lib/api/types'
import type { ServerEvent } from '../../lib/events/parse'
import { meQuery } from '../../lib/session/session'
import { putUploads } from './api/putUploads'
import { isFinal } from './api/upload'

/** What came within this time is drawn at once: 500 uploads tell of themselves thousands of times. */
const gatherFor = 200

const gathered = new WeakMap<QueryClient, Map<string, Upload>>()

/** Brings an event into what is known of uploads. */
export function applyUploadEvent(client: QueryClient, event: ServerEvent): void {
  if (event.kind === 'resync') {
    void client.invalidateQueries({ queryKey: ['uploads'] })
  } else if (event.kind === 'progress') {
    gather(client, event.upload)
  }
}

function gather(client: QueryClient, upload: Upload): void {
  const waiting = gathered.get(client)
  if (waiting !== undefined) {
    const old = waiting.get(upload.id)
    if (old === undefined || old.seq <= upload.seq) {
      waiting.set(upload.id, upload)
    }
    return
  }
  const first = new Map([[upload.id, upload]])
  gathered.set(client, first)
  setTimeout(() => {
    gathered.delete(client)
    putUploads(client, [...first.values()])
    if ([...first.values()].some(isFinal)) {
      lookAtSpace(client)
    }
  }, gatherFor)
}

/** The space that is used is asked for so long after something took of it: for many uploads once. */
const spaceAfter = 4000

const asking = new WeakSet<QueryClient>()

function lookAtSpace(client: QueryClient): void {
  if (!asking.has(client)) {
    asking.add(client)
    setTimeout(() => {
      asking.delete(client)
      void client.invalidateQueries({ queryKey: meQuery.queryKey })
    }, spaceAfter)
  }
}
