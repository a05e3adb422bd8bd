import { Button, Checkbox, Group, Modal, Select, Stack, TextInput } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import { ProblemAlert } from '../../../components/ProblemAlert'
import type { NewToken, Token } from '../../../lib/api/types'
import { useFields } from '../../../lib/form'
import { useMe } from '../../../lib/session/session'
import { useCreateToken } from '../api/createToken'
import { ShownOnce } from './ShownOnce'

const names = ['name'] as const
const lifetimes = [7, 30, 90, 365] as const

interface Props {
  readonly opened: boolean
  readonly onClose: () => void
}

/** Makes a token, and shows it this once. */
export function CreateToken({ opened, onClose }: Props) {
  const { t } = useTranslation('settings')
  const { t: tCommon } = useTranslation()
  const [made, setMade] = useState<NewToken | null>(null)
  const close = () => {
    setMade(null)
    onClose()
  }
  return (
    <Modal
      opened={opened}
      onClose={close}
      size="lg"
      title={made === null ? t('tokensPage.create') : t('tokensPage.onceTitle')}
      closeButtonProps={{ 'aria-label': tCommon('action.close') }}
      // A click beside the dialog must not lose what is shown only once.
      closeOnClickOutside={made === null}
    >
      {made === null ? <TokenForm onMade={setMade} onCancel={close} /> : <ShownOnce token={made} onDone={close} />}
    </Modal>
  )
}

interface FormProps {
  readonly onMade: (token: NewToken) => void
  readonly onCancel: () => void
}

function TokenForm({ onMade, onCancel }: FormProps) {
  const { t } = useTranslation('settings')
  const { t: tCommon } = useTranslation()
  const create = useCreateToken()
  const [scopes, setScopes] = useState<Token['scopes']>(['read', 'write'])
  const [days, setDays] = useState('90')
  const { form, faults, failure } = useFields({
    names,
    check: ({ name }) => (name.trim() === '' ? { name: t('tokensPage.nameMissing') } : {}),
    submit: ({ name }) => {
      if (scopes.length > 0) {
        const expiresInDays = days === 'never' ? null : Number(days)
        create.mutate({ name, scopes, expiresInDays }, { onSuccess: onMade })
      }
    },
    error: create.error,
    place: ({ faults: found }) => (found.has('name') ? { name: t('tokensPage.nameMissing') } : {}),
  })
  return (
    <form {...form}>
      <Stack>
        {failure !== null && <ProblemAlert error={failure} />}
        <TextInput
          name="name"
          label={t('tokensPage.name')}
          placeholder={t('tokensPage.namePlaceholder')}
          maxLength={100}
          error={faults.name}
          data-autofocus
        />
        <Scopes value={scopes} onChange={setScopes} />
        <Select
          label={t('tokensPage.expires')}
          value={days}
          onChange={(value) => setDays(value ?? 'never')}
          allowDeselect={false}
          data={[
            ...lifetimes.map((count) => ({ value: String(count), label: t('tokensPage.days', { count }) })),
            { value: 'never', label: t('tokensPage.forever') },
          ]}
        />
        <Group justify="flex-end">
          <Button variant="default" onClick={onCancel}>
            {tCommon('action.cancel')}
          </Button>
          <Button type="submit" loading={create.isPending}>
            {t('tokensPage.submit')}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

interface ScopesProps {
  readonly value: Token['scopes']
  readonly onChange: (scopes: Token['scopes']) => void
}

function Scopes({ value, onChange }: ScopesProps) {
  const { t } = useTranslation('settings')
  const { role } = useMe()
  const offered: Token['scopes'] = role === 'admin' ? ['read', 'write', 'admin'] : ['read', 'write']
  return (
    <Checkbox.Group
      label={t('tokensPage.scopes')}
      value={value}
      onChange={(chosen) => onChange(offered.filter((scope) => chosen.includes(scope)))}
      error={value.length === 0 ? t('tokensPage.scopesMissing') : undefined}
    >
      <Stack gap="xs" mt={6} mb={4}>
        {offered.map((scope) => (
          <Checkbox
            key={scope}
            value={scope}
            label={t(`tokensPage.${scope}`)}
            description={t(`tokensPage.${scope}Hint`)}
          />
        ))}
      </Stack>
    </Checkbox.Group>
  )
}
