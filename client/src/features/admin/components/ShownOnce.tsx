import { Button, CopyButton, Group, Stack, Text, TextInput } from '@mantine/core'
import { IconCheck, IconCopy } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'

import { Dialog } from './Dialog'

interface Props {
  readonly title: string
  readonly label: string
  readonly value: string
  readonly children: ReactNode
  readonly onClose: () => void
}

/** A secret that the server tells once, ready to be copied. */
export function ShownOnce({ title, label, value, children, onClose }: Props) {
  const { t } = useTranslation()
  const { t: tAdmin } = useTranslation('admin')
  return (
    <Dialog title={title} onClose={onClose}>
      <Stack>
        <Text size="sm">{children}</Text>
        <Group align="flex-end" gap="xs" wrap="nowrap">
          <TextInput
            flex={1}
            label={label}
            description={tAdmin('common.shownOnce')}
            value={value}
            readOnly
            onFocus={(event) => event.currentTarget.select()}
            data-autofocus
          />
          <CopyButton value={value}>
            {({ copied, copy }) => (
              <Button
                variant={copied ? 'default' : 'filled'}
                onClick={copy}
                leftSection={copied ? <IconCheck size={16} aria-hidden /> : <IconCopy size={16} aria-hidden />}
              >
                <span role="status">{copied ? t('action.copied') : t('action.copy')}</span>
              </Button>
            )}
          </CopyButton>
        </Group>
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {tAdmin('common.done')}
          </Button>
        </Group>
      </Stack>
    </Dialog>
  )
}
