import { useQueryClient } from '@tanstack/react-query'
import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { useStore } from 'zustand'

import type { SelectionStore } from '../../components/files/selection'
import type { StoredFile } from '../../lib/api/types'
import { useNotify } from '../../lib/notify'
import { loadRest, type useFiles } from './api/listFiles'
import type { ListParams } from './listParams'

/** The files that are selected, in the order of the list. */
export function useChosen(selection: SelectionStore, files: readonly StoredFile[]): readonly StoredFile[] {
  const ids = useStore(selection, (state) => state.ids)
  return useMemo(() => (ids.size === 0 ? [] : files.filter(({ id }) => ids.has(id))), [ids, files])
}

/** Selecting all of a list, of which only some may be here. */
export interface SelectAll {
  readonly run: () => void
  /** How many files are here while the rest is on its way; null while none is. */
  readonly loading: number | null
}

/** Selects what is loaded at once, and the rest of the list as soon as it is here, unless the selection ends before. */
export function useSelectAll(
  selection: SelectionStore,
  list: ReturnType<typeof useFiles>,
  params: ListParams,
): SelectAll {
  const { files, hasNextPage } = list
  const { trashed, q, sort, order } = params
  const client = useQueryClient()
  const notify = useNotify()
  const [loading, setLoading] = useState<number | null>(null)
  const under = useRef<AbortController | null>(null)
  useEffect(() => {
    const stop = () => under.current?.abort()
    const leave = selection.subscribe(({ ids }) => {
      if (ids.size === 0) {
        stop()
      }
    })
    return () => {
      leave()
      stop()
    }
  }, [selection, trashed, q, sort, order])
  const run = useCallback(() => {
    const select = (all: readonly StoredFile[]) => selection.getState().selectAll(all.map(({ id }) => id))
    if (under.current !== null) {
      return
    }
    select(files)
    if (!hasNextPage) {
      return
    }
    const control = new AbortController()
    under.current = control
    setLoading(files.length)
    loadRest(client, { trashed, q, sort, order }, control.signal, setLoading)
      .then(select, (error: unknown) => {
        if (!control.signal.aborted) {
          notify.failed(error)
        }
      })
      .finally(() => {
        under.current = null
        setLoading(null)
      })
  }, [selection, client, notify, files, hasNextPage, trashed, q, sort, order])
  return useMemo(() => ({ run, loading }), [run, loading])
}
