import { Button, Group, Stack, Text, TextInput } from '@mantine/core'
import { type ReactNode, type SubmitEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'

import { ProblemAlert } from '../../../components/ProblemAlert'
import { Dialog } from './Dialog'

interface Props {
  readonly title: string
  readonly children: ReactNode
  readonly confirm: string
  readonly cancel?: string
  /** A word to be typed first, for what is too large for a slip of the hand. */
  readonly word?: string
  readonly danger?: boolean
  readonly pending: boolean
  readonly error: Error | null
  readonly onConfirm: () => void
  readonly onClose: () => void
}

/** Asks before what cannot be undone. */
export function ConfirmDialog(props: Props) {
  const { title, children, confirm, cancel, word, danger = true, pending, error, onConfirm, onClose } = props
  const { t } = useTranslation()
  const { t: tAdmin } = useTranslation('admin')
  const [typed, setTyped] = useState('')
  const ready = word === undefined || typed.trim().toLowerCase() === word.toLowerCase()
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    if (ready) {
      onConfirm()
    }
  }
  return (
    <Dialog title={title} onClose={onClose}>
      <Stack component="form" onSubmit={submit}>
        <Text size="sm" component="div">
          {children}
        </Text>
        {word !== undefined && (
          <TextInput
            label={tAdmin('common.typeToConfirm', { word })}
            value={typed}
            onChange={(event) => setTyped(event.currentTarget.value)}
            autoComplete="off"
            data-autofocus
          />
        )}
        {error !== null && <ProblemAlert error={error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {cancel ?? t('action.cancel')}
          </Button>
          <Button type="submit" {...(danger ? { color: 'red.9' } : {})} loading={pending} disabled={!ready}>
            {confirm}
          </Button>
        </Group>
      </Stack>
    </Dialog>
  )
}
