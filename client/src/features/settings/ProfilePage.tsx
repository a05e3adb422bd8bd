import { Badge, Button, Group, Paper, Progress, Stack, Text, TextInput, Title } from '@mantine/core'
import { useTranslation } from 'react-i18next'

import { PageHeader } from '../../components/PageHeader'
import { ProblemAlert } from '../../components/ProblemAlert'
import { useFields } from '../../lib/form'
import { formatBytes, formatDate, formatNumber } from '../../lib/format'
import { useLanguage } from '../../lib/i18n/useLanguage'
import { useNotify } from '../../lib/notify'
import { useMe } from '../../lib/session/session'
import { useUpdateName } from './api/updateName'
import classes from './Settings.module.css'

const names = ['name'] as const

export function ProfilePage() {
  const { t } = useTranslation('settings')
  const language = useLanguage()
  const me = useMe()
  return (
    <>
      <PageHeader
        title={t('profile')}
        description={t('profilePage.since', { date: formatDate(me.createdAt, language) })}
      >
        {me.role === 'admin' && (
          <Badge variant="light" size="lg">
            {t('profilePage.admin')}
          </Badge>
        )}
      </PageHeader>
      <Stack>
        <NameForm name={me.name} email={me.email} />
        <Space />
      </Stack>
    </>
  )
}

function NameForm({ name, email }: { readonly name: string; readonly email: string }) {
  const { t } = useTranslation('settings')
  const { t: tCommon } = useTranslation()
  const notify = useNotify()
  const update = useUpdateName()
  const { form, faults, failure } = useFields({
    names,
    check: (values) => (values.name.trim() === '' ? { name: t('profilePage.nameMissing') } : {}),
    submit: (values) => update.mutate(values.name, { onSuccess: () => notify.done(t('saved')) }),
    error: update.error,
    place: ({ faults: found }) => (found.has('name') ? { name: t('profilePage.nameMissing') } : {}),
  })
  return (
    <Paper withBorder radius="lg" className={classes.card}>
      <form {...form}>
        <Stack>
          {failure !== null && <ProblemAlert error={failure} />}
          <TextInput
            name="name"
            label={t('profilePage.name')}
            description={t('profilePage.nameHint')}
            defaultValue={name}
            autoComplete="name"
            maxLength={200}
            error={faults.name}
          />
          <TextInput
            label={t('profilePage.email')}
            description={t('profilePage.emailHint')}
            value={email}
            readOnly
            variant="filled"
          />
          <Group>
            <Button type="submit" loading={update.isPending}>
              {tCommon('action.save')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Paper>
  )
}

function Space() {
  const { t } = useTranslation('settings')
  const language = useLanguage()
  const { usedBytes, quotaBytes, usedFiles, quotaFiles } = useMe()
  const share = quotaBytes > 0 ? Math.min(100, (100 * usedBytes) / quotaBytes) : 0
  const text = t('profilePage.spaceUsed', {
    used: formatBytes(usedBytes, language),
    quota: formatBytes(quotaBytes, language),
  })
  return (
    <Paper withBorder radius="lg" className={classes.card}>
      <Stack gap="xs">
        <Title order={2} size="h4">
          {t('profilePage.space')}
        </Title>
        <Group justify="space-between">
          <Text fw={600}>{text}</Text>
          <Text size="sm">
            {t('profilePage.files', {
              count: usedFiles,
              files: formatNumber(usedFiles, language),
              quota: formatNumber(quotaFiles, language),
            })}
          </Text>
        </Group>
        <Progress value={share} size="lg" aria-label={text} {...(share > 90 ? { color: 'red' } : {})} />
        <Text size="sm" c="dimmed">
          {t('profilePage.spaceHint')}
        </Text>
      </Stack>
    </Paper>
  )
}
