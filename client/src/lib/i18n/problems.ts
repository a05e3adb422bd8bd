import { useTranslation } from 'react-i18next'

import { ApiError, fieldOf } from '../api/client'
import { formatDuration } from '../format'
import type en from './messages/en'
import { useLanguage } from './useLanguage'

/** What a failure means to a person: what, why, what now, and the number to ask with. */
export interface Told {
  readonly title: string
  readonly hint: string
  /** The server's own words, where they say more than the title. */
  readonly detail: string | null
  readonly requestId: string | null
  /** Faults of single fields by their name. */
  readonly fields: Readonly<Record<string, string>>
}

type Code = Exclude<keyof typeof en.problem, `${string}Hint`>

/** Gives a function that puts any failure into words. */
export function useTellProblem(): (error: unknown) => Told {
  const { t, i18n } = useTranslation()
  const language = useLanguage()
  return (error) => {
    const problem = error instanceof ApiError ? error.problem : null
    const known = error instanceof ApiError && i18n.exists(`problem.${error.code}`)
    const wait = error instanceof ApiError ? error.retryAfter : null
    const code = known ? (error.code as Code) : 'unknown'
    return {
      title: t(`problem.${code}`),
      hint: wait === null ? t(`problem.${code}Hint`) : t('retryIn', { time: formatDuration(wait, language) }),
      detail: known ? null : (problem?.detail ?? null),
      requestId: problem?.requestId ?? null,
      fields: Object.fromEntries((problem?.errors ?? []).map((fault) => [fieldOf(fault.location), fault.message])),
    }
  }
}
