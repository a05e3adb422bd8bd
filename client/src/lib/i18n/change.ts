import i18next from 'i18next'

import { type Language, rememberLanguage } from './language'

/** Changes the language of the page and remembers it for the next visit. */
export async function changeLanguage(language: Language): Promise<void> {
  rememberLanguage(language)
  await i18next.changeLanguage(language)
}
