import { Button, Group, Paper, Stack } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import { PageHeader } from '../../components/PageHeader'
import { NewPasswordField, PasswordField } from '../../components/PasswordField'
import { ProblemAlert } from '../../components/ProblemAlert'
import { useFields } from '../../lib/form'
import { useNotify } from '../../lib/notify'
import { usePasswordRules } from '../../lib/passwords'
import { useMe } from '../../lib/session/session'
import { useChangePassword } from './api/changePassword'
import classes from './Settings.module.css'

const names = ['currentPassword', 'newPassword'] as const

export function PasswordPage() {
  const { t } = useTranslation('settings')
  // A form that has done its work begins anew, with nothing typed.
  const [round, setRound] = useState(0)
  return (
    <>
      <PageHeader title={t('password')} description={t('passwordPage.text')} />
      <Paper withBorder radius="lg" className={classes.card}>
        <PasswordForm key={round} onDone={() => setRound(round + 1)} />
      </Paper>
    </>
  )
}

function PasswordForm({ onDone }: { readonly onDone: () => void }) {
  const { t } = useTranslation('settings')
  const { t: tCommon } = useTranslation()
  const notify = useNotify()
  const { email } = useMe()
  const change = useChangePassword()
  const rules = usePasswordRules()
  const { form, faults, failure } = useFields({
    names,
    check: ({ currentPassword, newPassword }) => {
      const weak =
        newPassword === currentPassword && newPassword !== '' ? t('passwordPage.same') : rules.check(newPassword)
      return {
        ...(currentPassword === '' ? { currentPassword: t('passwordPage.currentMissing') } : {}),
        ...(weak === undefined ? {} : { newPassword: weak }),
      }
    },
    submit: (values) =>
      change.mutate(values, {
        onSuccess: () => {
          notify.done(t('passwordPage.done'))
          onDone()
        },
      }),
    error: change.error,
    place: ({ code, faults: found }) => ({
      ...(code === 'wrong_password' ? { currentPassword: tCommon('problem.wrong_password') } : {}),
      ...(found.has('newPassword') ? { newPassword: rules.common } : {}),
    }),
  })
  return (
    <form {...form}>
      <Stack maw={480}>
        {failure !== null && <ProblemAlert error={failure} />}
        {/* Password managers look for the name beside the password. */}
        <input type="email" name="email" autoComplete="username" value={email} readOnly hidden />
        <PasswordField
          name="currentPassword"
          label={t('passwordPage.current')}
          autoComplete="current-password"
          error={faults.currentPassword}
        />
        <NewPasswordField name="newPassword" label={t('passwordPage.new')} error={faults.newPassword} />
        <Group>
          <Button type="submit" loading={change.isPending}>
            {t('passwordPage.submit')}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
