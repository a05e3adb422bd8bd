import { Alert, Anchor, Button, Stack, Text, TextInput } from '@mantine/core'
import { IconLock } from '@tabler/icons-react'
import { useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Link, useLocation } from 'react-router'

import { NewPasswordField } from '../../components/PasswordField'
import { ProblemAlert } from '../../components/ProblemAlert'
import { useFields } from '../../lib/form'
import { usePasswordRules } from '../../lib/passwords'
import { enter, useConfig } from '../../lib/session/session'
import { tellTabs } from '../../lib/session/tabs'
import { useRegister } from './api/register'
import { AuthLayout } from './components/AuthLayout'
import { EmailField } from './components/EmailField'
import { SubmitButton } from './components/SubmitButton'

const names = ['name', 'email', 'password'] as const

export function RegisterPage() {
  const { t } = useTranslation('auth')
  const config = useConfig()
  return (
    <AuthLayout title={t('register.title')}>
      {config?.registrationOpen === false ? (
        <>
          <Alert icon={<IconLock aria-hidden />} title={t('register.closedTitle')}>
            {t('register.closedText')}
          </Alert>
          <Button component={Link} to="/login" size="md">
            {t('register.toSignIn')}
          </Button>
        </>
      ) : (
        <>
          <RegisterForm />
          <Known />
        </>
      )}
    </AuthLayout>
  )
}

function RegisterForm() {
  const { t } = useTranslation('auth')
  const { t: tCommon } = useTranslation()
  const client = useQueryClient()
  const register = useRegister()
  const rules = usePasswordRules()
  const { form, faults, failure } = useFields({
    names,
    check: ({ name, email, password }) => {
      const weak = rules.check(password)
      return {
        ...(name.trim() === '' ? { name: t('nameMissing') } : {}),
        ...(email.trim() === '' ? { email: t('emailMissing') } : {}),
        ...(weak === undefined ? {} : { password: weak }),
      }
    },
    submit: (values) =>
      register.mutate(values, {
        onSuccess: ({ user }) => {
          enter(client, user)
          tellTabs({ type: 'signed-in', userId: user.id })
        },
      }),
    error: register.error,
    place: ({ code, faults: found }) => ({
      ...(code === 'email_taken' ? { email: tCommon('problem.email_taken') } : {}),
      ...(found.has('email') ? { email: t('emailWrong') } : {}),
      ...(found.has('password') ? { password: rules.common } : {}),
    }),
  })
  return (
    <form {...form}>
      <Stack>
        {failure !== null && <ProblemAlert error={failure} />}
        <TextInput
          name="name"
          label={t('name')}
          required
          withAsterisk={false}
          autoComplete="name"
          maxLength={200}
          error={faults.name}
        />
        <EmailField error={faults.email} />
        <NewPasswordField name="password" label={t('password')} error={faults.password} />
        <SubmitButton
          label={t('register.submit')}
          waitLabel={(time) => t('register.wait', { time })}
          pending={register.isPending}
          error={register.error}
        />
      </Stack>
    </form>
  )
}

function Known() {
  const { t } = useTranslation('auth')
  const state: unknown = useLocation().state
  return (
    <Text size="sm">
      {t('register.known')}{' '}
      <Anchor component={Link} to="/login" state={state} size="sm" fw={600} underline="always">
        {t('register.signIn')}
      </Anchor>
    </Text>
  )
}
