import { TextInput } from '@mantine/core'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'

/** The address that an account is known by, as password managers look for it. */
export function EmailField({ error }: { readonly error: ReactNode }) {
  const { t } = useTranslation('auth')
  return (
    <TextInput
      name="email"
      type="email"
      inputMode="email"
      label={t('email')}
      required
      withAsterisk={false}
      autoComplete="username"
      autoCapitalize="none"
      spellCheck={false}
      error={error}
    />
  )
}
