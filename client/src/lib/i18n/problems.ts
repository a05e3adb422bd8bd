import { useTranslation } from 'react-i18next'

import { ApiError } from '../api/client'
import type en from './messages/en'

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
  return (error) => {
    const problem = error instanceof ApiError ? error.problem : null
    const known = error instanceof ApiError && i18n.exists(`problem.${error.code}`)
    const code = known ? (error.code as Code) : 'unknown'
    return {
      title: t(`problem.${code}`),
      hint: t(`problem.${code}Hint`),
      detail: known ? null : (problem?.detail ?? null),
      requestId: problem?.requestId ?? null,
      fields: Object.fromEntries((problem?.errors ?? []).map((fault) => [fieldOf(fault.location), fault.message])),
    }
  }
}

// A fault is located as body.newPassword.
function fieldOf(location: string): string {
  return location.replace(/^(body|query|path|form)\./, '')
}
