import { Alert, Anchor, Code, List, Stack, Text } from '@mantine/core'
import { IconCircleCheck, IconLock, IconSparkles } from '@tabler/icons-react'
import { useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Link, useLocation } from 'react-router'

import { PasswordField } from '../../components/PasswordField'
import { ProblemAlert } from '../../components/ProblemAlert'
import { useFields } from '../../lib/form'
import { enter, useConfig, useEnding } from '../../lib/session/session'
import { tellTabs } from '../../lib/session/tabs'
import { useSignIn } from './api/signIn'
import { AuthLayout } from './components/AuthLayout'
import { EmailField } from './components/EmailField'
import { SubmitButton } from './components/SubmitButton'

const names = ['email', 'password'] as const

export function LoginPage() {
  const { t } = useTranslation('auth')
  return (
    <AuthLayout title={t('signIn.title')}>
      <WhyHere />
      <SignInForm />
      <Accounts />
    </AuthLayout>
  )
}

function SignInForm() {
  const { t } = useTranslation('auth')
  const { t: tCommon } = useTranslation()
  const client = useQueryClient()
  const signIn = useSignIn()
  const { form, faults, failure } = useFields({
    names,
    check: ({ email, password }) => ({
      ...(email.trim() === '' ? { email: t('emailMissing') } : {}),
      ...(password === '' ? { password: t('passwordMissing') } : {}),
    }),
    submit: (values) =>
      signIn.mutate(values, {
        onSuccess: ({ user }) => {
          enter(client, user)
          tellTabs({ type: 'signed-in', userId: user.id })
        },
      }),
    error: signIn.error,
    place: ({ code }) => (code === 'invalid_credentials' ? { password: tCommon('problem.invalid_credentials') } : {}),
  })
  return (
    <form {...form}>
      <Stack>
        {failure !== null && <ProblemAlert error={failure} />}
        <EmailField error={faults.email} />
        <PasswordField name="password" label={t('password')} autoComplete="current-password" error={faults.password} />
        <SubmitButton
          label={t('signIn.submit')}
          waitLabel={(time) => t('signIn.wait', { time })}
          pending={signIn.isPending}
          error={signIn.error}
        />
      </Stack>
    </form>
  )
}

/** What brought a person here who did not come to sign in, and where a new system begins. */
function WhyHere() {
  const { t } = useTranslation('auth')
  const why = useEnding((ending) => ending.why)
  const config = useConfig()
  if (why === 'suspended') {
    return (
      <Alert color="red" icon={<IconLock aria-hidden />} title={t('suspended.title')} role="alert">
        {t('suspended.text')}
      </Alert>
    )
  }
  if (why === 'password-set') {
    return (
      <Alert color="teal" icon={<IconCircleCheck aria-hidden />} title={t('passwordSet.title')} role="status">
        {t('passwordSet.text')}
      </Alert>
    )
  }
  if (config?.fresh !== true) {
    return null
  }
  return (
    <Alert icon={<IconSparkles aria-hidden />} title={t('fresh.title')}>
      <Text size="sm">{t('fresh.text')}</Text>
      <List size="sm" mt={6} spacing={6}>
        <List.Item>{t('fresh.run')}</List.Item>
        <List.Item>
          {t('fresh.server')}
          <Code block mt={6} style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>
            safelight admin create --email you@example.org
          </Code>
        </List.Item>
      </List>
    </Alert>
  )
}

function Accounts() {
  const { t } = useTranslation('auth')
  const state: unknown = useLocation().state
  const config = useConfig()
  return (
    <Stack gap={6}>
      {config?.registrationOpen === true && (
        <Text size="sm">
          {t('signIn.noAccount')}{' '}
          <Anchor component={Link} to="/register" state={state} size="sm" fw={600} underline="always">
            {t('signIn.register')}
          </Anchor>
        </Text>
      )}
      {config?.registrationOpen === false && <Text size="sm">{t('signIn.closed')}</Text>}
      <Text size="sm" c="dimmed">
        {t('signIn.forgotten')}
      </Text>
    </Stack>
  )
}
