import { useTranslation } from 'react-i18next'

import { isLanguage, type Language } from './language'

/** The language of the page, for the functions of lib/format. */
export function useLanguage(): Language {
  const { i18n } = useTranslation()
  return isLanguage(i18n.language) ? i18n.language : 'en'
}
