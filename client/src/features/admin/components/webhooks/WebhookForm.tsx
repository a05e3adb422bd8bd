import { Button, Checkbox, Group, SimpleGrid, Stack, TextInput } from '@mantine/core'
import { type SubmitEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'

import { ProblemAlert } from '../../../../components/ProblemAlert'
import { useTellProblem } from '../../../../lib/i18n/problems'
import { useWords } from '../words'

export interface WebhookValues {
  readonly url: string
  readonly description: string
  readonly events: readonly string[]
}

/** The events that the server is known to tell of. */
export const webhookEvents: readonly string[] = [
  'upload.done',
  'upload.duplicate',
  'upload.rejected',
  'upload.failed',
  'upload.stalled',
  'file.created',
  'file.updated',
  'file.trashed',
  'file.restored',
  'file.deleted',
]

interface Props {
  readonly initial: WebhookValues
  readonly submitLabel: string
  readonly pending: boolean
  readonly error: Error | null
  readonly onSubmit: (values: WebhookValues) => void
  readonly onCancel: () => void
}

export function WebhookForm({ initial, submitLabel, pending, error, onSubmit, onCancel }: Props) {
  const { t } = useTranslation()
  const { t: tAdmin } = useTranslation('admin')
  const words = useWords()
  const [values, setValues] = useState(initial)
  const [tried, setTried] = useState(false)
  const { fields } = useTellProblem()(error)
  const change = (part: Partial<WebhookValues>) => setValues({ ...values, ...part })
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    setTried(true)
    if (values.url.trim() !== '' && values.events.length > 0) {
      onSubmit({ ...values, url: values.url.trim(), description: values.description.trim() })
    }
  }
  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        <TextInput
          label={tAdmin('webhooks.address')}
          description={tAdmin('webhooks.addressHint')}
          type="url"
          inputMode="url"
          autoComplete="off"
          required
          maxLength={2000}
          value={values.url}
          error={tried && values.url.trim() === '' ? tAdmin('webhooks.addressMissing') : fields.url}
          onChange={(event) => change({ url: event.currentTarget.value })}
          data-autofocus
        />
        <TextInput
          label={tAdmin('webhooks.about')}
          maxLength={200}
          value={values.description}
          error={fields.description}
          onChange={(event) => change({ description: event.currentTarget.value })}
        />
        <Checkbox.Group
          label={tAdmin('webhooks.events')}
          value={[...values.events]}
          error={tried && values.events.length === 0 && tAdmin('webhooks.eventsMissing')}
          onChange={(events) => change({ events })}
        >
          <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="xs" mt="xs">
            {webhookEvents.map((event) => (
              <Checkbox key={event} value={event} label={words.event(event)} />
            ))}
          </SimpleGrid>
        </Checkbox.Group>
        {error !== null && fields.url === undefined && fields.description === undefined && (
          <ProblemAlert error={error} />
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={onCancel}>
            {t('action.cancel')}
          </Button>
          <Button type="submit" loading={pending}>
            {submitLabel}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
