import { lazy, Suspense, useState } from 'react'
import { useTranslation } from 'react-i18next'

import { useShortcut } from '../lib/shortcuts'
import { useKeysDialog } from './keysDialogStore'

const KeysList = lazy(async () => ({ default: (await import('./KeysList')).KeysList }))

/** The list of keys behind `?`, which is loaded when somebody wants to see it. */
export function KeysDialog() {
  const { t } = useTranslation()
  const { opened, open } = useKeysDialog()
  const [wanted, setWanted] = useState(false)
  useShortcut({ keys: '?', label: t('app.keys'), group: t('app.keysGeneral') }, open)
  if (opened && !wanted) {
    setWanted(true)
  }
  return wanted ? (
    <Suspense>
      <KeysList />
    </Suspense>
  ) : null
}
