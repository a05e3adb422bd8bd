import { useTranslation } from 'react-i18next'

const shortest = 8
const longest = 256

/** How the length of a password that somebody chooses stands to the server's rules. */
export function passwordLength(password: string): 'short' | 'right' | 'long' {
  const length = Array.from(password).length // characters, as the server counts
  return length < shortest ? 'short' : length > longest ? 'long' : 'right'
}

interface PasswordRules {
  /** What is wrong with a password as far as this browser can tell. */
  readonly check: (password: string) => string | undefined
  /** Words for a password that the server refused although its length is right. */
  readonly common: string
}

/** The rules for passwords in the reader's language. */
export function usePasswordRules(): PasswordRules {
  const { t } = useTranslation()
  return {
    check: (password) => {
      const length = passwordLength(password)
      return length === 'right' ? undefined : t(length === 'short' ? 'password.tooShort' : 'password.tooLong')
    },
    common: t('password.common'),
  }
}
