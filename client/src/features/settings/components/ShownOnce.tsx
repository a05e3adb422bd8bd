import { ActionIcon, Alert, Button, Code, CopyButton, Group, Stack, Text, TextInput, Title } from '@mantine/core'
import { IconCheck, IconCopy, IconEyeExclamation } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'

import { apiBase } from '../../../lib/api/api'
import type { NewToken } from '../../../lib/api/types'
import { exampleOf } from '../example'

interface Props {
  readonly token: NewToken
  readonly onDone: () => void
}

/** A token that was just made, with what to do with it. */
export function ShownOnce({ token, onDone }: Props) {
  const { t } = useTranslation('settings')
  const example = exampleOf(token, apiBase === '' ? window.location.origin : apiBase)
  return (
    <Stack>
      <Alert color="yellow" icon={<IconEyeExclamation aria-hidden />} role="status">
        {t('tokensPage.onceText')}
      </Alert>
      <Group gap="xs" align="flex-end" wrap="nowrap">
        <TextInput
          flex={1}
          label={t('tokensPage.token', { name: token.name })}
          value={token.token}
          readOnly
          data-autofocus
          styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
          onFocus={(event) => event.currentTarget.select()}
        />
        <Copy value={token.token} />
      </Group>
      <Stack gap={6}>
        <Title order={3} size="h5">
          {t('tokensPage.example')}
        </Title>
        <Text size="sm">{t(`tokensPage.${example.what}`)}</Text>
        <Group gap="xs" wrap="nowrap" align="flex-start">
          <Code block flex={1} style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>
            {example.command}
          </Code>
          <Copy value={example.command} />
        </Group>
      </Stack>
      <Group justify="flex-end">
        <Button onClick={onDone}>{t('tokensPage.doneCopying')}</Button>
      </Group>
    </Stack>
  )
}

function Copy({ value }: { readonly value: string }) {
  const { t } = useTranslation()
  return (
    <CopyButton value={value}>
      {({ copied, copy }) => (
        <ActionIcon
          variant="default"
          size={36}
          onClick={copy}
          aria-label={t(copied ? 'action.copied' : 'action.copy')}
          title={t(copied ? 'action.copied' : 'action.copy')}
        >
          {copied ? <IconCheck size={18} aria-hidden /> : <IconCopy size={18} aria-hidden />}
        </ActionIcon>
      )}
    </CopyButton>
  )
}
