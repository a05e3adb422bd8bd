import { type InfiniteData, notifyManager, type QueryClient } from '@tanstack/react-query'

import type { Page, Upload } from '../../../lib/api/types'
import { newer, uploadQuery, type UploadState } from './upload'
import { listKey, withNews } from './uploads'

/** Brings newer pictures of uploads into the cache, each where it is shown. */
export function putUploads(client: QueryClient, uploads: readonly Upload[]): void {
  client.setQueryDefaults(['uploads', 'one'], { gcTime: Infinity })
  const news = new Map<string, Upload>()
  notifyManager.batch(() => {
    for (const upload of uploads) {
      const { queryKey } = uploadQuery(upload.id)
      client.setQueryData(queryKey, (old) => newer(old, upload))
      news.set(upload.id, newer(news.get(upload.id), upload))
    }
    for (const [queryKey] of client.getQueriesData({ queryKey: listKey })) {
      const state = queryKey[listKey.length] as UploadState | null
      client.setQueryData<InfiniteData<Page<Upload>, string | null>>(
        queryKey,
        (old) => old && withNews(old, state, news),
      )
    }
  })
}
