import type { User } from '../../../../lib/api/types'

/** What is typed; quotas can be left empty where there is an account to be made. */
export interface UserFormValues {
  readonly email: string
  readonly name: string
  readonly role: User['role']
  readonly quotaGb: number | string
  readonly quotaFiles: number | string
}

const gb = 1_000_000_000

export const newUser: UserFormValues = { email: '', name: '', role: 'user', quotaGb: '', quotaFiles: '' }

export function formOf(user: User): UserFormValues {
  return {
    email: user.email,
    name: user.name,
    role: user.role,
    quotaGb: user.quotaBytes / gb,
    quotaFiles: user.quotaFiles,
  }
}

/** Bytes of what was typed in GB; undefined where nothing was, null where it is no number. */
export function bytesOf(typed: number | string): number | null | undefined {
  const value = numberOf(typed)
  return typeof value === 'number' ? Math.round(value * gb) : value
}

/** A whole number; undefined where nothing was typed, null where it is none. */
export function wholeOf(typed: number | string): number | null | undefined {
  const value = numberOf(typed)
  return typeof value === 'number' && !Number.isInteger(value) ? null : value
}

function numberOf(typed: number | string): number | null | undefined {
  if (typed === '') {
    return undefined
  }
  const value = Number(typed)
  return Number.isFinite(value) && value >= 0 && value * gb <= Number.MAX_SAFE_INTEGER ? value : null
}

/** What of an account is changed: fields that are as they were are left out, so that nobody else's change is undone. */
export function changesOf(user: User, values: UserFormValues) {
  const name = values.name.trim()
  const quotaBytes = bytesOf(values.quotaGb)
  const quotaFiles = wholeOf(values.quotaFiles)
  return {
    ...(name === user.name ? {} : { name }),
    ...(values.role === user.role ? {} : { role: values.role }),
    ...(typeof quotaBytes !== 'number' || quotaBytes === user.quotaBytes ? {} : { quotaBytes }),
    ...(typeof quotaFiles !== 'number' || quotaFiles === user.quotaFiles ? {} : { quotaFiles }),
  }
}
