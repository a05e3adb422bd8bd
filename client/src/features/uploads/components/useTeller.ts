import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'

import { useTellProblem } from '../../../lib/i18n/problems'
import { useLanguage } from '../../../lib/i18n/useLanguage'
import type { Teller } from './words'

/** What rows say things with; the same one until the language changes. A list asks for it once, for all of its rows. */
export function useTeller(): Teller {
  const { t } = useTranslation('uploads')
  const language = useLanguage()
  const tell = useTellProblem()
  // tell is new with each rendering and changes only with the language.
  // eslint-disable-next-line react-hooks/exhaustive-deps
  return useMemo(() => ({ t, language, tell }), [t, language])
}
