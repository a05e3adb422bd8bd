import { Group, Kbd, Modal, Stack, Text, Title } from '@mantine/core'
import { useTranslation } from 'react-i18next'

import { type Shortcut, useShortcuts } from '../lib/shortcuts'
import { useKeysDialog } from './keysDialogStore'

/** The keys that work on the page behind it. */
export function KeysList() {
  const { t } = useTranslation()
  const { opened, close } = useKeysDialog()
  const active = useShortcuts((registry) => registry.active)
  const groups = Map.groupBy(active.values(), ({ group }) => group)
  return (
    <Modal
      opened={opened}
      onClose={close}
      title={
        <Text fw={650} span>
          {t('app.keys')}
        </Text>
      }
      closeButtonProps={{ 'aria-label': t('action.close') }}
    >
      <Stack>
        {[...groups].map(([group, shortcuts]) => (
          <Stack key={group} gap={6} component="section">
            <Title order={3} size="h5">
              {group}
            </Title>
            {shortcuts.map((shortcut) => (
              <Row key={shortcut.keys} shortcut={shortcut} />
            ))}
          </Stack>
        ))}
      </Stack>
    </Modal>
  )
}

function Row({ shortcut }: { readonly shortcut: Shortcut }) {
  const mac = navigator.userAgent.includes('Mac')
  return (
    <Group justify="space-between">
      <Text size="sm">{shortcut.label}</Text>
      <Group gap={4}>
        {shortcut.keys.split('+').map((key) => (
          <Kbd key={key}>{key === 'Mod' ? (mac ? '⌘' : 'Ctrl') : key.length === 1 ? key.toUpperCase() : key}</Kbd>
        ))}
      </Group>
    </Group>
  )
}
