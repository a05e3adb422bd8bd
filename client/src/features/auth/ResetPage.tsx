import { Alert, Button, Stack, Text } from '@mantine/core'
import { IconLinkOff } from '@tabler/icons-react'
import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link, useLocation, useNavigate } from 'react-router'

import { NewPasswordField } from '../../components/PasswordField'
import { ProblemAlert } from '../../components/ProblemAlert'
import { useFields } from '../../lib/form'
import { usePasswordRules } from '../../lib/passwords'
import { leave } from '../../lib/session/session'
import { useResetPassword } from './api/resetPassword'
import { AuthLayout } from './components/AuthLayout'
import { SubmitButton } from './components/SubmitButton'

const names = ['newPassword'] as const

/** Takes a one-time link. Its token is in the fragment, which browsers send to nobody. */
export function ResetPage() {
  const { t } = useTranslation('auth')
  const token = useFragmentToken()
  return (
    <AuthLayout title={t('reset.title')}>
      {token === null ? (
        <>
          <Alert color="red" icon={<IconLinkOff aria-hidden />} title={t('reset.missingTitle')}>
            {t('reset.missingText')}
          </Alert>
          <Button component={Link} to="/login" size="md">
            {t('register.toSignIn')}
          </Button>
        </>
      ) : (
        <ResetForm token={token} />
      )}
    </AuthLayout>
  )
}

function ResetForm({ token }: { readonly token: string }) {
  const { t } = useTranslation('auth')
  const client = useQueryClient()
  const navigate = useNavigate()
  const reset = useResetPassword()
  const rules = usePasswordRules()
  const { form, faults, failure } = useFields({
    names,
    check: ({ newPassword }) => {
      const weak = rules.check(newPassword)
      return weak === undefined ? {} : { newPassword: weak }
    },
    submit: ({ newPassword }) =>
      reset.mutate(
        { token, newPassword },
        {
          onSuccess: () => {
            leave(client, 'password-set')
            void navigate('/login', { replace: true })
          },
        },
      ),
    error: reset.error,
    place: ({ faults: found }) => (found.has('newPassword') ? { newPassword: rules.common } : {}),
  })
  return (
    <form {...form}>
      <Stack>
        <Text size="sm">{t('reset.text')}</Text>
        {failure !== null && <ProblemAlert error={failure} />}
        <NewPasswordField name="newPassword" label={t('newPassword')} error={faults.newPassword} />
        <SubmitButton
          label={t('reset.submit')}
          waitLabel={(time) => t('reset.wait', { time })}
          pending={reset.isPending}
          error={reset.error}
        />
      </Stack>
    </form>
  )
}

/** The token of the link. It is taken out of the address bar, so that nobody reads or keeps it by chance. */
function useFragmentToken(): string | null {
  const { hash, pathname } = useLocation()
  const navigate = useNavigate()
  const [token, setToken] = useState<string | null>(null)
  const found = new URLSearchParams(hash.slice(1)).get('token')
  if (found !== null && found !== '' && found !== token) {
    setToken(found)
  }
  useEffect(() => {
    if (hash !== '') {
      void navigate(pathname, { replace: true })
    }
  }, [hash, pathname, navigate])
  return token
}
