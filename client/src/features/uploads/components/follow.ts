import { useQuery, useQueryClient, type QueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'

import type { Upload } from '../../../lib/api/types'
import { putUploads } from '../api/putUploads'
import { fetchAgain, unfinishedQuery } from '../api/unfinished'
import { isFinal, uploadQuery } from '../api/upload'
import { type Row, useTransfers } from '../stores/transfers'

/**
 * Brings into the tray what is unfinished and was begun elsewhere or before a
 * reload, and asks again for what an event may have been missed of.
 */
export function useFollow(): void {
  const client = useQueryClient()
  const { data, dataUpdatedAt } = useQuery(unfinishedQuery)
  useEffect(() => {
    if (data !== undefined) {
      putUploads(client, data)
      follow(data)
      void catchUp(client)
    }
  }, [client, data, dataUpdatedAt])
  useEffect(() => {
    const look = () => follow(knownUploads(client))
    const timer = setInterval(look, 2000)
    return () => clearInterval(timer)
  }, [client])
}

function knownUploads(client: QueryClient): Upload[] {
  return client.getQueriesData<Upload>({ queryKey: ['uploads', 'one'] }).flatMap(([, upload]) => upload ?? [])
}

/** Makes rows of unfinished uploads that have none. */
export function follow(uploads: readonly Upload[]): void {
  const { rows, add } = useTransfers.getState()
  const known = new Set<string | null>()
  for (const { uploadId, transfer } of rows.values()) {
    // The answer that says which upload this is may be on its way: then nobody can say yet whose one is.
    if (transfer.stage === 'sending' && uploadId === null) {
      return
    }
    known.add(uploadId)
  }
  const fresh = uploads.filter((upload) => !isFinal(upload) && !known.has(upload.id))
  if (fresh.length > 0) {
    add(fresh.map(followedRow))
  }
}

function followedRow({ id, name, size }: Upload): Row {
  const transfer = { stage: 'sent', uploadId: id } as const
  return { id, name, size, fileId: null, uploadId: id, kept: false, transfer }
}

/** Asks for what rows wait for and nobody told of. */
export async function catchUp(client: QueryClient): Promise<void> {
  const unfinished = new Map(client.getQueryData(unfinishedQuery.queryKey)?.map((upload) => [upload.id, upload]))
  const wanted = new Set<string>()
  for (const { transfer } of useTransfers.getState().rows.values()) {
    if (transfer.stage === 'sent' && !unfinished.has(transfer.uploadId)) {
      const upload = client.getQueryData(uploadQuery(transfer.uploadId).queryKey)
      if (upload === undefined || !isFinal(upload)) {
        wanted.add(transfer.uploadId)
      }
    }
  }
  if (wanted.size === 0) {
    return
  }
  try {
    putUploads(client, await fetchAgain(wanted))
  } catch {
    // No connection: the stream says so, and when it is back it is asked again.
  }
}
