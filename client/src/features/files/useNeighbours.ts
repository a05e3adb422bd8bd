import { useEffect } from 'react'

import type { StoredFile } from '../../lib/api/types'
import { useFiles } from './api/listFiles'
import type { ListParams } from './listParams'

interface Neighbours {
  readonly previous: StoredFile | undefined
  readonly next: StoredFile | undefined
}

/** The files before and after one in the list that it was opened from. */
export function useNeighbours(id: string, params: ListParams): Neighbours {
  const { files, loadMore } = useFiles(params)
  const at = files.findIndex((file) => file.id === id)
  const nearEnd = at >= 0 && at >= files.length - 3
  useEffect(() => {
    if (nearEnd) {
      loadMore()
    }
  }, [nearEnd, loadMore])
  return at < 0 ? { previous: undefined, next: undefined } : { previous: files[at - 1], next: files[at + 1] }
}
