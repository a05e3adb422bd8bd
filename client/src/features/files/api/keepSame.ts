import type { FilePage, StoredFile } from '../../../lib/api/types'
import type { FileList } from './cache'

/**
 * A list that was asked for again, with the very files of before where nothing about them has changed: what is drawn
 * of them is not drawn again, and a list without news is the one of before. Comparing very long lists field by field
 * would take longer than drawing what is seen of them; pages that both have cost nothing.
 */
export function keepSame(old: FileList | undefined, next: FileList): FileList {
  if (old === undefined) {
    return next
  }
  const pages = next.pages.map((page, i) => samePage(old.pages[i], page))
  return pages.length === old.pages.length && pages.every((page, i) => page === old.pages[i]) ? old : { ...next, pages }
}

function samePage(old: FilePage | undefined, next: FilePage): FilePage {
  if (old === undefined || old === next) {
    return next
  }
  const items = next.items.map((file, i) => sameFile(old.items[i], file))
  return items.length === old.items.length &&
    old.nextCursor === next.nextCursor &&
    items.every((file, i) => file === old.items[i])
    ? old
    : { ...next, items }
}

function sameFile(old: StoredFile | undefined, next: StoredFile): StoredFile {
  return old?.id === next.id &&
    old.updatedAt === next.updatedAt &&
    old.trashedAt === next.trashedAt &&
    old.name === next.name &&
    old.currentVersion === next.currentVersion &&
    old.versionCount === next.versionCount &&
    old.links.thumb === next.links.thumb
    ? old
    : next
}
