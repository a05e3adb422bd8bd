import { lazy, Suspense, useEffect } from 'react'

import { showsUploads } from '../../lib/shownUploads'
import { useFollow } from './components/follow'
import { useTransfers } from './stores/transfers'

const TrayFrame = lazy(async () => ({ default: (await import('./components/TrayFrame')).TrayFrame }))

/** What becomes of the files that are sent. It takes no room while there are none. */
export function Tray() {
  useFollow()
  useEffect(() => showsUploads(hasRow), [])
  const some = useTransfers(({ order }) => order.length > 0)
  return some ? (
    <Suspense>
      <TrayFrame />
    </Suspense>
  ) : null
}

function hasRow(uploadId: string): boolean {
  return [...useTransfers.getState().rows.values()].some((row) => row.uploadId === uploadId)
}
