import { Alert, Button, Group, PasswordInput, Stack, Text, Textarea } from '@mantine/core'
import { IconAlertTriangle } from '@tabler/icons-react'
import { type SubmitEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'

import { ProblemAlert } from '../../../../components/ProblemAlert'
import { ApiError } from '../../../../lib/api/client'
import type { Quarantined } from '../../../../lib/api/types'
import { useNotify } from '../../../../lib/notify'
import { useReleaseQuarantined } from '../../api/releaseQuarantined'
import { Dialog } from '../Dialog'

interface Props {
  readonly item: Quarantined
  readonly onClose: () => void
}

/** Says what a release does, and takes the reason and the password that it needs. */
export function ReleaseDialog({ item, onClose }: Props) {
  const { t } = useTranslation('admin')
  const { name, signature, ownerEmail } = item
  return (
    <Dialog title={t('quarantine.releaseTitle', { name })} size="lg" onClose={onClose}>
      <Stack>
        <Alert
          color="red"
          variant="light"
          icon={<IconAlertTriangle aria-hidden />}
          title={t('quarantine.releaseWarning')}
        >
          <Text size="sm">{t('quarantine.releaseText', { signature, owner: ownerEmail })}</Text>
        </Alert>
        <ReleaseForm item={item} onClose={onClose} />
      </Stack>
    </Dialog>
  )
}

function ReleaseForm({ item: { id, name }, onClose }: Props) {
  const { t } = useTranslation()
  const { t: tAdmin } = useTranslation('admin')
  const notify = useNotify()
  const release = useReleaseQuarantined()
  const [reason, setReason] = useState('')
  const [password, setPassword] = useState('')
  const [tried, setTried] = useState(false)
  const wrong = release.error instanceof ApiError && release.error.code === 'wrong_password'
  const noSpace = release.error instanceof ApiError && release.error.code === 'quota_exceeded'
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    setTried(true)
    if (reason.trim() === '' || password === '') {
      return
    }
    release.mutate(
      { id, reason: reason.trim(), password },
      {
        onSuccess: () => {
          notify.done(tAdmin('quarantine.releasedDone', { name }))
          onClose()
        },
      },
    )
  }
  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        <Textarea
          label={tAdmin('quarantine.why')}
          description={tAdmin('quarantine.whyHint')}
          required
          rows={3}
          maxLength={1000}
          value={reason}
          error={tried && reason.trim() === '' && tAdmin('quarantine.whyMissing')}
          onChange={(event) => setReason(event.currentTarget.value)}
          data-autofocus
        />
        <PasswordInput
          label={tAdmin('quarantine.password')}
          description={tAdmin('quarantine.releaseAudit')}
          required
          autoComplete="current-password"
          value={password}
          error={
            (tried && password === '' && tAdmin('quarantine.passwordMissing')) ||
            (wrong && tAdmin('quarantine.wrongPassword'))
          }
          onChange={(event) => setPassword(event.currentTarget.value)}
        />
        {noSpace && (
          <Alert role="alert" color="yellow" variant="light">
            {tAdmin('quarantine.quota')}
          </Alert>
        )}
        {release.error !== null && !wrong && !noSpace && <ProblemAlert error={release.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t('action.cancel')}
          </Button>
          <Button type="submit" color="red.9" loading={release.isPending}>
            {tAdmin('quarantine.confirmRelease')}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
