import { Button, Center, Paper, PasswordInput, Stack, TextInput, Title } from '@mantine/core'

import { ProblemAlert } from '../../components/ProblemAlert'
import { useSignIn } from './api/signIn'

export function LoginPage() {
  const signIn = useSignIn()
  const submit = (form: FormData) => {
    signIn.mutate({ email: field(form, 'email'), password: field(form, 'password') })
  }
  return (
    <Center component="main" mih="100dvh" p="md">
      <Paper withBorder p="xl" w={400} component="form" action={submit}>
        <Stack>
          <Title order={1} size="h2">
            Safelight
          </Title>
          <TextInput name="email" type="email" label="E-mail" required autoComplete="username" />
          <PasswordInput name="password" label="Password" required autoComplete="current-password" />
          {signIn.isError && <ProblemAlert error={signIn.error} />}
          <Button type="submit" loading={signIn.isPending}>
            Sign in
          </Button>
        </Stack>
      </Paper>
    </Center>
  )
}

function field(form: FormData, name: string): string {
  const value = form.get(name)
  return typeof value === 'string' ? value : ''
}
