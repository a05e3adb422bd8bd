import { Group, Stack, Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'

import type { AdminUpload, Step } from '../../../../lib/api/types'
import { formatDateTime } from '../../../../lib/format'
import { useLanguage } from '../../../../lib/i18n/useLanguage'
import { StateBadge, type Tone } from '../StateBadge'
import { useWords } from '../words'

const tones: Readonly<Record<string, Tone>> = {
  pending: 'waits',
  running: 'busy',
  retrying: 'warns',
  done: 'good',
  skipped: 'off',
  failed: 'bad',
}

/** How the steps of an upload went, in the server's words. */
export function Steps({ upload }: { readonly upload: AdminUpload }) {
  const { t } = useTranslation('admin')
  const { rejection, id } = upload
  return (
    <Stack gap="xs">
      {upload.releasedFrom !== null && <Text size="sm">{t('uploads.released')}</Text>}
      {rejection !== null && <Text size="sm">{rejection.detail}</Text>}
      <Stack component="ol" gap={6} m={0} p={0} style={{ listStyle: 'none' }} aria-label={t('uploads.steps')}>
        {upload.steps.map((step) => (
          <StepLine key={step.name} step={step} />
        ))}
      </Stack>
      <Text size="xs" c="dimmed" ff="monospace" style={{ overflowWrap: 'anywhere' }}>
        {id}
      </Text>
    </Stack>
  )
}

function StepLine({ step: { name, state, attempt, message, startedAt } }: { readonly step: Step }) {
  const { t } = useTranslation('admin')
  const words = useWords()
  const language = useLanguage()
  return (
    <Group component="li" gap="xs">
      <Text size="sm" w={160}>
        {words.step(name)}
      </Text>
      <StateBadge tone={tones[state] ?? 'waits'}>{words.stepState(state)}</StateBadge>
      {attempt > 1 && <Text size="xs">{t('uploads.attempt', { attempt })}</Text>}
      {startedAt !== null && (
        <Text size="xs" c="dimmed">
          {formatDateTime(startedAt, language)}
        </Text>
      )}
      {message !== null && <Text size="sm">{message}</Text>}
    </Group>
  )
}
