import { readText, writeText } from '../storage'

/** The languages that there are catalogues of, each named in itself. */
export const languages = { en: 'English', de: 'Deutsch' } as const

export type Language = keyof typeof languages

const key = 'safelight.language'

export function isLanguage(value: unknown): value is Language {
  return typeof value === 'string' && Object.hasOwn(languages, value)
}

/** The language chosen in this browser, or else the first of the browser's own that is known. */
export function preferredLanguage(): Language {
  const chosen = readText(key)
  if (isLanguage(chosen)) {
    return chosen
  }
  return navigator.languages.map((tag) => tag.split('-')[0]).find(isLanguage) ?? 'en'
}

/** Remembers the language for the next visit. */
export function rememberLanguage(language: Language): void {
  writeText(key, language)
}
