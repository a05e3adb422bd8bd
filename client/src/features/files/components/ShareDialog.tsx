import { Button, CopyButton, Group, Modal, PasswordInput, Select, Stack, Text, TextInput } from '@mantine/core'
import { IconCheck } from '@tabler/icons-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import { ProblemAlert } from '../../../components/ProblemAlert'
import type { StoredFile } from '../../../lib/api/types'
import { type Shared, useCreateShares } from '../api/createShares'
import { CopyLink } from './CopyLink'

interface Props {
  readonly files: readonly StoredFile[]
  readonly onClose: () => void
}

const spans = { hour: 1, day: 24, week: 168, month: 720, year: 8760 } as const
type Span = keyof typeof spans
const order: readonly Span[] = ['hour', 'day', 'week', 'month', 'year']
const shortest = 8

/** Makes public links, and hands them out. */
export function ShareDialog({ files: chosen, onClose }: Props) {
  const { t } = useTranslation('files')
  const { t: tCommon } = useTranslation()
  // What is shared stays what it was when the dialog opened.
  const [files] = useState(chosen)
  const create = useCreateShares()
  const name = files[0]?.name ?? ''
  return (
    <Modal
      opened
      onClose={onClose}
      centered
      title={
        create.isSuccess ? t('share.ready', { count: files.length }) : t('share.title', { count: files.length, name })
      }
      closeButtonProps={{ 'aria-label': tCommon('action.close') }}
    >
      {create.isSuccess ? (
        <Links shared={create.data} />
      ) : (
        <Form
          count={files.length}
          busy={create.isPending}
          error={create.error}
          onSubmit={(expiresInHours, password) => create.mutate({ files, expiresInHours, password })}
        />
      )}
    </Modal>
  )
}

interface FormProps {
  readonly count: number
  readonly busy: boolean
  readonly error: unknown
  readonly onSubmit: (expiresInHours: number, password: string) => void
}

function Form({ count, busy, error, onSubmit }: FormProps) {
  const { t } = useTranslation('files')
  const [span, setSpan] = useState<Span>('week')
  const [password, setPassword] = useState('')
  const [tried, setTried] = useState(false)
  const short = password !== '' && password.length < shortest
  const submit = () => {
    setTried(true)
    if (!short) {
      onSubmit(spans[span], password)
    }
  }
  return (
    <Stack component="form" {...{ action: submit }}>
      <Text size="sm">{t('share.detail')}</Text>
      <Select
        label={t('share.expires')}
        allowDeselect={false}
        data={order.map((value) => ({ value, label: t(`share.${value}`) }))}
        value={span}
        onChange={(value) => setSpan(order.find((known) => known === value) ?? span)}
      />
      <PasswordInput
        label={t('share.password')}
        description={t('share.passwordHint')}
        autoComplete="new-password"
        value={password}
        maxLength={256}
        error={tried && short && t('share.passwordShort')}
        onChange={(event) => setPassword(event.currentTarget.value)}
      />
      {error !== null && <ProblemAlert error={error} />}
      <Button type="submit" loading={busy}>
        {t('share.create', { count })}
      </Button>
    </Stack>
  )
}

function Links({ shared }: { readonly shared: readonly Shared[] }) {
  const { t } = useTranslation('files')
  const links = shared.flatMap(({ file, share }) => (share.url === null ? [] : [{ file, url: share.url }]))
  return (
    <Stack>
      {links.map(({ file, url }) => (
        <Group key={file.id} gap="xs" align="flex-end" wrap="nowrap">
          <TextInput
            flex={1}
            readOnly
            label={t('share.link', { name: file.name })}
            value={url}
            onFocus={(event) => event.currentTarget.select()}
          />
          <CopyLink url={url} label={t('share.copy')} />
        </Group>
      ))}
      {links.length > 1 && (
        <CopyButton value={links.map(({ url }) => url).join('\n')}>
          {({ copied, copy }) => (
            <Button onClick={copy} leftSection={copied ? <IconCheck size={16} aria-hidden /> : null}>
              {copied ? t('share.copied') : t('share.copyAll')}
            </Button>
          )}
        </CopyButton>
      )}
    </Stack>
  )
}
