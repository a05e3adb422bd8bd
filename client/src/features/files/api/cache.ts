import type { InfiniteData, QueryClient } from '@tanstack/react-query'

import type { FilePage, StoredFile } from '../../../lib/api/types'
import type { ListParams } from '../listParams'
import { fileKeys } from './keys'

export type FileList = InfiniteData<FilePage, string | null>

interface Cached {
  readonly params: ListParams
  readonly data: FileList
}

function lists(client: QueryClient): Cached[] {
  return client
    .getQueriesData<FileList>({ queryKey: fileKeys.lists })
    .flatMap(([key, data]) => (data === undefined ? [] : [{ params: key[2] as ListParams, data }]))
}

/** What is known of a file, wherever it is known from. */
export function findFile(client: QueryClient, id: string): StoredFile | undefined {
  return findFiles(client, new Set([id])).get(id)
}

/** What is known of files. */
export function findFiles(client: QueryClient, ids: ReadonlySet<string>): Map<string, StoredFile> {
  const found = new Map<string, StoredFile>()
  for (const id of ids) {
    const one = client.getQueryData<StoredFile>(fileKeys.one(id))
    if (one !== undefined) {
      found.set(id, one)
    }
  }
  for (const { data } of lists(client)) {
    for (const page of data.pages) {
      if (found.size === ids.size) {
        return found
      }
      for (const file of page.items) {
        if (ids.has(file.id) && !found.has(file.id)) {
          found.set(file.id, file)
        }
      }
    }
  }
  return found
}

/** Of the files on some pages those that are on no page now. Pages that both have cost nothing. */
export function goneFrom(before: readonly FilePage[], now: readonly FilePage[]): Set<string> {
  const kept = new Set(now)
  const old = new Set(before)
  const gone = new Set(before.flatMap((page) => (kept.has(page) ? [] : page.items.map(({ id }) => id))))
  if (gone.size > 0) {
    for (const page of now) {
      if (!old.has(page)) {
        page.items.forEach(({ id }) => gone.delete(id))
      }
    }
  }
  return gone
}

/** As putFiles does, of one. */
export function putFile(client: QueryClient, file: StoredFile): readonly ListParams[] {
  return putFiles(client, [file])
}

/**
 * Brings what is now true of files into everything that shows them: they enter the
 * lists they belong to and leave those that they do not. Gives the lists whose
 * order only the server knows. News older than what is known changes nothing.
 */
export function putFiles(client: QueryClient, files: readonly StoredFile[]): readonly ListParams[] {
  const known = findFiles(client, new Set(files.map(({ id }) => id)))
  const news = files.filter(({ id, updatedAt }) => {
    const old = known.get(id)
    return old === undefined || Date.parse(old.updatedAt) <= Date.parse(updatedAt)
  })
  for (const file of news) {
    client.setQueryData<StoredFile>(fileKeys.one(file.id), (old) => (old === undefined ? undefined : file))
  }
  const unsure: ListParams[] = []
  for (const { params, data } of lists(client)) {
    const placed = placeFiles(data, params, news)
    if (placed.data !== data) {
      client.setQueryData(fileKeys.list(params), placed.data)
    }
    if (!placed.sure) {
      unsure.push(params)
    }
  }
  return unsure
}

/** Takes files out of everything, for they are gone for good. */
export function removeFiles(client: QueryClient, ids: ReadonlySet<string>): void {
  for (const { params, data } of lists(client)) {
    const left = without(data, ids)
    if (left !== data) {
      client.setQueryData(fileKeys.list(params), left)
    }
  }
}

/** Puts files where they belong in a list, by one pass; not sure where the list's order is only the server's to know. */
function placeFiles(
  data: FileList,
  params: ListParams,
  files: readonly StoredFile[],
): { readonly data: FileList; readonly sure: boolean } {
  const wanted = new Map(files.map((file) => [file.id, file]))
  const changed = new Map<string, StoredFile>()
  const gone = new Set<string>()
  for (const old of data.pages.flatMap(({ items }) => items.filter(({ id }) => wanted.has(id)))) {
    const file = wanted.get(old.id) ?? old
    if (!belongs(params, file)) {
      gone.add(file.id)
    } else if (old[params.sort] === file[params.sort] || params.sort === 'name') {
      changed.set(file.id, file)
      if (old[params.sort] === file[params.sort]) {
        wanted.delete(file.id)
      }
    } else {
      gone.add(file.id)
    }
  }
  const coming = [...wanted.values()].filter((file) => belongs(params, file))
  const left = replace(without(data, gone), changed)
  // How names are ordered is up to the database's language.
  const sure = params.sort !== 'name' || coming.length === 0
  return { data: params.sort === 'name' ? left : insert(left, params, coming), sure }
}

function belongs({ q, trashed }: ListParams, file: StoredFile): boolean {
  return trashed === (file.trashedAt !== null) && file.name.toLowerCase().includes(q.toLowerCase())
}

/** Merges files into a list of the same order. */
function insert(data: FileList, params: ListParams, files: readonly StoredFile[]): FileList {
  if (files.length === 0) {
    return data
  }
  const sign = params.order === 'asc' ? 1 : -1
  const order = (a: StoredFile, b: StoredFile) => sign * compare(params, a, b)
  const waiting = files.toSorted(order)
  let next = 0
  const before = (other: StoredFile) => {
    const from = next
    while (next < waiting.length && order(waiting[next] ?? other, other) < 0) {
      next++
    }
    return waiting.slice(from, next)
  }
  const pages = data.pages.map((page, index) => {
    const from = next
    const items = next < waiting.length ? page.items.flatMap((item) => [...before(item), item]) : page.items
    // Behind all that is loaded: it comes with the next page, unless there is none.
    const isEnd = index === data.pages.length - 1 && page.nextCursor === null
    const rest = isEnd ? waiting.slice(next) : []
    return next === from && rest.length === 0 ? page : { ...page, items: [...items, ...rest] }
  })
  return pages.every((page, i) => page === data.pages[i]) ? data : { ...data, pages }
}

function compare({ sort }: ListParams, a: StoredFile, b: StoredFile): number {
  const difference = sort === 'size' ? a.size - b.size : Date.parse(a.createdAt) - Date.parse(b.createdAt)
  return difference === 0 ? (a.id < b.id ? -1 : 1) : difference
}

function without(data: FileList, ids: ReadonlySet<string>): FileList {
  return mapPages(data, ids, (items) => items.filter(({ id }) => !ids.has(id)))
}

function replace(data: FileList, files: ReadonlyMap<string, StoredFile>): FileList {
  return mapPages(data, files, (items) => items.map((item) => files.get(item.id) ?? item))
}

/** Changes the pages that have any of these; the others stay the same ones. */
function mapPages(
  data: FileList,
  ids: { readonly size: number; readonly has: (id: string) => boolean },
  change: (items: StoredFile[]) => StoredFile[],
): FileList {
  if (ids.size === 0) {
    return data
  }
  const pages = data.pages.map((page) =>
    page.items.some(({ id }) => ids.has(id)) ? { ...page, items: change(page.items) } : page,
  )
  return pages.every((page, i) => page === data.pages[i]) ? data : { ...data, pages }
}
