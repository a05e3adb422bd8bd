import type { FilePage, StoredFile } from '../../lib/api/types'
import type { FileList } from './api/cache'

/** A file for tests, the n-th of its owner. */
export function testFile(n: number, change: Partial<StoredFile> = {}): StoredFile {
  const id = `file-${String(n).padStart(4, '0')}`
  const createdAt = new Date(Date.UTC(2026, 0, 1, 0, n)).toISOString()
  const content = `/api/v1/files/${id}/content?version=1&variant=`
  return {
    id,
    name: `photo ${n}.jpg`,
    ownerId: 'me',
    mimeType: 'image/jpeg',
    size: 1000 * n,
    originalSize: 2000 * n,
    width: 300,
    height: 200,
    sha256: 'a'.repeat(64),
    thumbhash: '',
    currentVersion: 1,
    versionCount: 1,
    createdAt,
    updatedAt: createdAt,
    trashedAt: null,
    links: { content: `${content}full`, preview: `${content}preview`, thumb: `${content}thumb` },
    ...change,
  }
}

/** A list as the cache has it; `more` says that there is another page. */
export function testList(pages: readonly (readonly StoredFile[])[], more = false): FileList {
  return {
    pages: pages.map((items, i): FilePage => ({
      items: [...items],
      nextCursor: i < pages.length - 1 || more ? `cursor-${i}` : null,
    })),
    pageParams: pages.map((_, i) => (i === 0 ? null : `cursor-${i - 1}`)),
  }
}
