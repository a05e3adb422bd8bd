import { useCallback, useMemo } from 'react'
import { useStore } from 'zustand'

import type { SelectionStore } from '../../components/files/selection'
import type { StoredFile } from '../../lib/api/types'
import type { useFiles } from './api/listFiles'

/** The files that are selected, in the order of the list. */
export function useChosen(selection: SelectionStore, files: readonly StoredFile[]): readonly StoredFile[] {
  const ids = useStore(selection, (state) => state.ids)
  return useMemo(() => (ids.size === 0 ? [] : files.filter(({ id }) => ids.has(id))), [ids, files])
}

/** Selects what is loaded at once, and the rest of the list as soon as it is here. */
export function useSelectAll(selection: SelectionStore, list: ReturnType<typeof useFiles>): () => void {
  const { files, hasNextPage, loadAll } = list
  return useCallback(() => {
    const select = (all: readonly StoredFile[]) => selection.getState().selectAll(all.map(({ id }) => id))
    select(files)
    if (hasNextPage) {
      void loadAll().then((all) => {
        // Unless the reader has thought better of it.
        if (selection.getState().ids.size > 0) {
          select(all)
        }
      })
    }
  }, [selection, files, hasNextPage, loadAll])
}
