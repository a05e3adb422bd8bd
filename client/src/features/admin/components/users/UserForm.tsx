import { Button, Group, NumberInput, Select, Stack, TextInput } from '@mantine/core'
import { type SubmitEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'

import { ApiError } from '../../../../lib/api/client'
import { useTellProblem } from '../../../../lib/i18n/problems'
import { roles } from '../../api/users'
import { bytesOf, type UserFormValues, wholeOf } from './userForm'
import { UserProblem } from './UserProblem'

interface Props {
  readonly initial: UserFormValues
  /** Whether there is an account already, whose address stays and whose quotas cannot be empty. */
  readonly existing: boolean
  readonly submitLabel: string
  readonly pending: boolean
  readonly error: Error | null
  readonly onSubmit: (values: UserFormValues) => void
  readonly onCancel: () => void
}

type Faults = Partial<Record<keyof UserFormValues, string>>

/** An account as it is made or changed. The faults are told beside their fields. */
export function UserForm({ initial, existing, submitLabel, pending, error, onSubmit, onCancel }: Props) {
  const { t } = useTranslation()
  const { t: tAdmin } = useTranslation('admin')
  const [values, setValues] = useState(initial)
  const [tried, setTried] = useState(false)
  const judge = useJudge(existing)
  const told = useServerFaults(error)
  const faults = tried ? { ...told, ...judge(values) } : told
  const change = (part: Partial<UserFormValues>) => setValues({ ...values, ...part })
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    setTried(true)
    if (Object.keys(judge(values)).length === 0) {
      onSubmit(values)
    }
  }
  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        <TextInput
          label={tAdmin('users.email')}
          type="email"
          autoComplete="off"
          required
          disabled={existing}
          value={values.email}
          error={faults.email}
          onChange={(event) => change({ email: event.currentTarget.value })}
          data-autofocus={existing ? undefined : true}
        />
        <TextInput
          label={tAdmin('common.name')}
          autoComplete="off"
          required
          maxLength={200}
          value={values.name}
          error={faults.name}
          onChange={(event) => change({ name: event.currentTarget.value })}
          data-autofocus={existing ? true : undefined}
        />
        <Select
          label={tAdmin('users.role')}
          description={values.role === 'admin' ? tAdmin('users.adminHint') : undefined}
          data={roles.map((role) => ({ value: role, label: tAdmin(`users.roles.${role}`) }))}
          value={values.role}
          onChange={(role) => role !== null && change({ role })}
          allowDeselect={false}
        />
        <Quotas values={values} faults={faults} existing={existing} onChange={change} />
        {error !== null && Object.keys(told).length === 0 && <UserProblem error={error} />}
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

interface QuotasProps {
  readonly values: UserFormValues
  readonly faults: Faults
  readonly existing: boolean
  readonly onChange: (part: Partial<UserFormValues>) => void
}

function Quotas({ values, faults, existing, onChange }: QuotasProps) {
  const { t } = useTranslation('admin')
  const hint = existing ? undefined : t('users.quotaDefault')
  return (
    <>
      <NumberInput
        label={t('users.quotaGb')}
        description={[t('users.quotaGbHint'), hint].filter(Boolean).join(' ')}
        min={0}
        allowNegative={false}
        decimalScale={9}
        required={existing}
        value={values.quotaGb}
        error={faults.quotaGb}
        onChange={(quotaGb) => onChange({ quotaGb })}
      />
      <NumberInput
        label={t('users.quotaFiles')}
        description={hint}
        min={0}
        allowNegative={false}
        allowDecimal={false}
        required={existing}
        value={values.quotaFiles}
        error={faults.quotaFiles}
        onChange={(quotaFiles) => onChange({ quotaFiles })}
      />
    </>
  )
}

/** Gives a function that says what is wrong with what was typed. */
function useJudge(existing: boolean): (values: UserFormValues) => Faults {
  const { t } = useTranslation('admin')
  const bad = (value: number | null | undefined) => value === null || (existing && value === undefined)
  return ({ email, name, quotaGb, quotaFiles }) => ({
    ...(existing || /^\S+@\S+$/.test(email.trim()) ? {} : { email: t('users.emailBad') }),
    ...(name.trim() === '' ? { name: t('users.nameMissing') } : {}),
    ...(bad(bytesOf(quotaGb)) ? { quotaGb: t('users.quotaBad') } : {}),
    ...(bad(wholeOf(quotaFiles)) ? { quotaFiles: t('users.quotaBad') } : {}),
  })
}

/** What the server found wrong, by field. */
function useServerFaults(error: Error | null): Faults {
  const { t } = useTranslation('admin')
  const { fields } = useTellProblem()(error)
  if (error instanceof ApiError && error.code === 'email_taken') {
    return { email: t('users.emailTaken') }
  }
  return {
    ...(fields.email === undefined ? {} : { email: fields.email }),
    ...(fields.name === undefined ? {} : { name: fields.name }),
    ...(fields.quotaBytes === undefined ? {} : { quotaGb: fields.quotaBytes }),
    ...(fields.quotaFiles === undefined ? {} : { quotaFiles: fields.quotaFiles }),
  }
}
