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
  const one = client.getQueryData<StoredFile>(fileKeys.one(id))
  if (one !== undefined) {
    return one
  }
  for (const { data } of lists(client)) {
    for (const page of data.pages) {
      const found = page.items.find((file) => file.id === id)
      if (found !== undefined) {
        return found
      }
    }
  }
  return undefined
}

/**
 * Brings what is now true of a file into everything that shows it: it enters the
 * lists it belongs to and leaves those that it does not. Gives the lists whose
 * order only the server knows. News older than what is known changes nothing.
 */
export function putFile(client: QueryClient, file: StoredFile): readonly ListParams[] {
  const known = findFile(client, file.id)
  if (known !== undefined && Date.parse(known.updatedAt) > Date.parse(file.updatedAt)) {
    return []
  }
  client.setQueryData<StoredFile>(fileKeys.one(file.id), (old) => (old === undefined ? undefined : file))
  const unsure: ListParams[] = []
  for (const { params, data } of lists(client)) {
    const placed = placeFile(data, params, file)
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

/** Puts a file where it belongs in a list; not sure where the list's order is only the server's to know. */
export function placeFile(
  data: FileList,
  params: ListParams,
  file: StoredFile,
): { readonly data: FileList; readonly sure: boolean } {
  const old = data.pages.flatMap((page) => page.items).find(({ id }) => id === file.id)
  if (!belongs(params, file)) {
    return { data: old === undefined ? data : without(data, new Set([file.id])), sure: true }
  }
  if (old?.[params.sort] === file[params.sort]) {
    return { data: mapItems(data, (items) => items.map((item) => (item.id === file.id ? file : item))), sure: true }
  }
  if (params.sort === 'name') {
    // How names are ordered is up to the database's language.
    return {
      data: mapItems(data, (items) => items.map((item) => (item.id === file.id ? file : item))),
      sure: false,
    }
  }
  return { data: insert(old === undefined ? data : without(data, new Set([file.id])), params, file), sure: true }
}

function belongs({ q, trashed }: ListParams, file: StoredFile): boolean {
  return trashed === (file.trashedAt !== null) && file.name.toLowerCase().includes(q.toLowerCase())
}

function insert(data: FileList, params: ListParams, file: StoredFile): FileList {
  const sign = params.order === 'asc' ? 1 : -1
  const comesBefore = (other: StoredFile) => sign * compare(params, file, other) < 0
  for (const [index, page] of data.pages.entries()) {
    const at = page.items.findIndex(comesBefore)
    if (at >= 0) {
      return withPage(data, index, { ...page, items: page.items.toSpliced(at, 0, file) })
    }
  }
  const last = data.pages.at(-1)
  // Behind all that is loaded: it comes with the next page, unless there is none.
  return last?.nextCursor !== null
    ? data
    : withPage(data, data.pages.length - 1, { ...last, items: [...last.items, file] })
}

function compare({ sort }: ListParams, a: StoredFile, b: StoredFile): number {
  const difference = sort === 'size' ? a.size - b.size : Date.parse(a.createdAt) - Date.parse(b.createdAt)
  return difference === 0 ? (a.id < b.id ? -1 : 1) : difference
}

function without(data: FileList, ids: ReadonlySet<string>): FileList {
  return mapItems(data, (items) => items.filter(({ id }) => !ids.has(id)))
}

function mapItems(data: FileList, change: (items: StoredFile[]) => StoredFile[]): FileList {
  const pages = data.pages.map((page) => {
    const items = change(page.items)
    if (items.length === page.items.length && items.every((item, i) => item === page.items[i])) {
      return page
    }
    return { ...page, items }
  })
  return pages.every((page, i) => page === data.pages[i]) ? data : { ...data, pages }
}

function withPage(data: FileList, index: number, page: FilePage): FileList {
  return { ...data, pages: data.pages.with(index, page) }
}
