import { queryOptions } from '@tanstack/react-query'

import { api } from '../../../lib/api/api'
import { unwrap } from '../../../lib/api/client'
import type { Upload } from '../../../lib/api/types'

export type UploadState = Upload['state']

/** One upload, as it was last told of. */
export const uploadQuery = (id: string) =>
  queryOptions({
    queryKey: ['uploads', 'one', id],
    queryFn: ({ signal }): Promise<Upload> =>
      unwrap(api.GET('/api/v1/uploads/{id}', { params: { path: { id } }, signal })),
    // Kept up to date by the event stream, on rows too that are not drawn. Those that leave the tray leave the cache.
    staleTime: Infinity,
    gcTime: Infinity,
    structuralSharing: (old, next) => newer(old as Upload | undefined, next as Upload),
  })

/** Of two pictures of an upload, the one to believe: an answer may be overtaken by an event. */
export function newer(old: Upload | undefined, next: Upload): Upload {
  return old !== undefined && old.seq > next.seq ? old : next
}

const finalStates: readonly UploadState[] = ['done', 'rejected', 'canceled', 'failed']

/** Whether nothing about it will change any more. */
export function isFinal({ state }: Pick<Upload, 'state'>): boolean {
  return finalStates.includes(state)
}
