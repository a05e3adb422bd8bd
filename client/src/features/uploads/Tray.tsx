import { lazy, Suspense } from 'react'

import { useFollow } from './components/follow'
import { useTransfers } from './stores/transfers'

const TrayFrame = lazy(async () => ({ default: (await import('./components/TrayFrame')).TrayFrame }))

/** What becomes of the files that are sent. It takes no room while there are none. */
export function Tray() {
  useFollow()
  const some = useTransfers(({ order }) => order.length > 0)
  return some ? (
    <Suspense>
      <TrayFrame />
    </Suspense>
  ) : null
}
