import { Anchor, Group, Modal, Stack, Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'

import { PasswordField } from '../../components/PasswordField'
import { ProblemAlert } from '../../components/ProblemAlert'
import type { User } from '../../lib/api/types'
import { useFields } from '../../lib/form'
import { useSignIn } from './api/signIn'
import { SubmitButton } from './components/SubmitButton'

const names = ['password'] as const

interface Props {
  readonly email: string
  readonly onSignedIn: (user: User) => void
}

/** Asks for the password above the page that was being used. It cannot be put away: the page behind it waits. */
export function SignInAgain({ email, onSignedIn }: Props) {
  const { t } = useTranslation('auth')
  return (
    <Modal
      opened
      onClose={() => undefined}
      withCloseButton={false}
      closeOnEscape={false}
      closeOnClickOutside={false}
      title={t('again.title')}
      centered
      overlayProps={{ backgroundOpacity: 0.6, blur: 3 }}
      zIndex={1000}
    >
      <AgainForm email={email} onSignedIn={onSignedIn} />
    </Modal>
  )
}

function AgainForm({ email, onSignedIn }: Props) {
  const { t } = useTranslation('auth')
  const { t: tCommon } = useTranslation()
  const signIn = useSignIn()
  const { form, faults, failure } = useFields({
    names,
    check: ({ password }) => (password === '' ? { password: t('passwordMissing') } : {}),
    submit: ({ password }) => signIn.mutate({ email, password }, { onSuccess: ({ user }) => onSignedIn(user) }),
    error: signIn.error,
    place: ({ code }) => (code === 'invalid_credentials' ? { password: tCommon('problem.wrong_password') } : {}),
  })
  return (
    <form {...form}>
      <Stack>
        <Text size="sm">{t('again.text')}</Text>
        {failure !== null && <ProblemAlert error={failure} />}
        <Text size="sm" fw={600}>
          {t('again.as', { email })}
        </Text>
        {/* Password managers look for the name beside the password. */}
        <input type="email" name="email" autoComplete="username" value={email} readOnly hidden />
        <PasswordField
          name="password"
          label={t('password')}
          autoComplete="current-password"
          error={faults.password}
          focusFirst
        />
        <SubmitButton
          label={t('again.submit')}
          waitLabel={(time) => t('again.wait', { time })}
          pending={signIn.isPending}
          error={signIn.error}
        />
        <Group gap={6}>
          {/* A whole load: nothing of this account stays in memory. */}
          <Anchor href="/login" size="sm">
            {t('again.other')}
          </Anchor>
          <Text size="xs" c="dimmed">
            {t('again.otherHint')}
          </Text>
        </Group>
      </Stack>
    </form>
  )
}
