import { useTranslation } from 'react-i18next'

/** Puts the server's stable words into the reader's language. One that is not known is shown as it is. */
export function useWords() {
  const { t, i18n } = useTranslation('admin')
  const known = (group: string, word: string): string => {
    const key = `${group}.${word}`
    // Checked here and now: the types cannot know which words a newer server has.
    return i18n.exists(key, { ns: 'admin' }) ? t(key as 'reason.other') : word
  }
  return {
    outcome: (word: string) => known('outcome', word),
    reason: (word: string) => known('reason', word),
    stepState: (word: string) => known('stepState', word),
    step: (word: string) => known('step', word),
    event: (word: string) => known('webhooks.eventNames', word),
  }
}
