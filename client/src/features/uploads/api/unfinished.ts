import { queryOptions } from '@tanstack/react-query'

import type { Upload } from '../../../lib/api/types'
import type { UploadState } from './upload'
import { fetchUploads } from './uploads'

const states: readonly UploadState[] = ['receiving', 'processing', 'stalled']
/** As many as are shown of each state: more would fill a tray that nobody reads. */
const most = 200

/** My uploads that are not finished, wherever they were begun; newest first. */
export const unfinishedQuery = queryOptions({
  queryKey: ['uploads', 'unfinished'],
  queryFn: async ({ signal }): Promise<readonly Upload[]> => {
    const pages = await Promise.all(states.map((state) => fetchUploads({ state, limit: most }, signal)))
    return pages.flatMap(({ items }) => items).sort((a, b) => (a.id < b.id ? 1 : -1))
  },
})

/**
 * The present picture of uploads that an event may have been missed of. Those
 * that are not found among the newest thousand are left out.
 */
export async function fetchAgain(wanted: ReadonlySet<string>): Promise<readonly Upload[]> {
  const found: Upload[] = []
  const oldest = [...wanted].reduce((a, b) => (a < b ? a : b), '~')
  let cursor: string | null = null
  for (let page = 0; page < 5 && found.length < wanted.size; page++) {
    const { items, nextCursor } = await fetchUploads({ limit: most, ...(cursor === null ? {} : { cursor }) })
    found.push(...items.filter(({ id }) => wanted.has(id)))
    cursor = nextCursor
    if (cursor === null || items.some(({ id }) => id < oldest)) {
      break
    }
  }
  return found
}
