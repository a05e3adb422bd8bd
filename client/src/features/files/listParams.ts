import { useMemo } from 'react'
import { useSearchParams } from 'react-router'

export const sorts = ['createdAt', 'name', 'size'] as const
export type Sort = (typeof sorts)[number]

/** Which files a list is of, and in what order. */
export interface ListParams {
  /** A part of the name. */
  readonly q: string
  readonly sort: Sort
  readonly order: 'asc' | 'desc'
  readonly trashed: boolean
}

export const everything: ListParams = { q: '', sort: 'createdAt', order: 'desc', trashed: false }
export const trash: ListParams = { ...everything, trashed: true }

/** The order that a list has when only what it goes by is said: the same as the server's. */
export function usualOrder(sort: Sort): 'asc' | 'desc' {
  return sort === 'name' ? 'asc' : 'desc'
}

/** Reads a list from an address; what makes no sense there is left out. */
export function readListParams(search: URLSearchParams): ListParams {
  const sort = sorts.find((known) => known === search.get('sort')) ?? 'createdAt'
  const order = search.get('order')
  return {
    q: search.get('q') ?? '',
    sort,
    order: order === 'asc' || order === 'desc' ? order : usualOrder(sort),
    trashed: search.get('trashed') === 'true',
  }
}

/** Writes a list into an address, as shortly as can be. */
export function writeListParams({ q, sort, order, trashed }: ListParams): URLSearchParams {
  return new URLSearchParams({
    ...(q === '' ? {} : { q }),
    ...(sort === 'createdAt' ? {} : { sort }),
    ...(order === usualOrder(sort) ? {} : { order }),
    ...(trashed ? { trashed: 'true' } : {}),
  })
}

/** The list that the address names, and a way to name another. */
export function useListParams() {
  const [search, setSearch] = useSearchParams()
  const params = useMemo(() => readListParams(search), [search])
  const change = (part: Partial<ListParams>) =>
    setSearch(writeListParams({ ...params, ...part }), { replace: true, preventScrollReset: true })
  return [params, change] as const
}

/** The page of a file, which knows the list it was opened from. */
export function fileLink(id: string, params: ListParams = everything): string {
  const search = writeListParams(params).toString()
  return `/files/${id}${search === '' ? '' : `?${search}`}`
}

/** The page of a list. */
export function listLink(params: ListParams): string {
  if (params.trashed) {
    return '/trash'
  }
  const search = writeListParams(params).toString()
  return search === '' ? '/' : `/?${search}`
}
