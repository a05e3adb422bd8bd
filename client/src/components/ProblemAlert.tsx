import { Alert, Button, Group, Text } from '@mantine/core'
import { IconAlertTriangle } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'

import { useTellProblem } from '../lib/i18n/problems'

interface Props {
  readonly error: unknown
  readonly onRetry?: (() => void) | undefined
}

/** A failure within a page: what, why, what now, and the request's number. */
export function ProblemAlert({ error, onRetry }: Props) {
  const { t } = useTranslation()
  const { title, hint, detail, requestId } = useTellProblem()(error)
  return (
    <Alert color="red" variant="light" icon={<IconAlertTriangle aria-hidden />} title={title} role="alert">
      {detail !== null && <Text size="sm">{detail}</Text>}
      <Text size="sm">{hint}</Text>
      <Group justify="space-between" mt="xs">
        {requestId !== null && (
          <Text size="xs" ff="monospace">
            {t('requestId', { id: requestId })}
          </Text>
        )}
        {onRetry !== undefined && (
          <Button size="xs" variant="default" onClick={onRetry}>
            {t('action.retry')}
          </Button>
        )}
      </Group>
    </Alert>
  )
}
