import { Badge, Button, Card, Collapse, Group, Menu, Stack, Text, Title } from '@mantine/core'
import {
  IconChevronDown,
  IconChevronRight,
  IconKey,
  IconPencil,
  IconPlayerPause,
  IconPlayerPlay,
  IconSend,
  IconTrash,
} from '@tabler/icons-react'
import { useId, useState } from 'react'
import { useTranslation } from 'react-i18next'

import type { Webhook } from '../../../../lib/api/types'
import { RowMenu } from '../RowMenu'
import { StateBadge } from '../StateBadge'
import { useWords } from '../words'
import { DeleteWebhookDialog } from './DeleteWebhookDialog'
import { Deliveries } from './Deliveries'
import { EditWebhookDialog } from './EditWebhookDialog'
import { RotateSecretDialog } from './RotateSecretDialog'
import { useWebhookActions } from './useWebhookActions'

type Doing = 'edit' | 'rotate' | 'delete'

/** A webhook with what was sent to it. */
export function WebhookCard({ webhook }: { readonly webhook: Webhook }) {
  const { t } = useTranslation('admin')
  const words = useWords()
  const [open, setOpen] = useState(false)
  const [doing, setDoing] = useState<Doing | null>(null)
  const deliveries = useId()
  const { url, description, events, enabled, id } = webhook
  const close = () => setDoing(null)
  return (
    <Card withBorder component="article" aria-label={url}>
      <Group justify="space-between" wrap="nowrap" align="flex-start">
        <Stack gap={2} miw={0}>
          <Title order={2} size="h5" style={{ overflowWrap: 'anywhere' }}>
            {description === '' ? url : description}
          </Title>
          {description !== '' && (
            <Text size="sm" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
              {url}
            </Text>
          )}
        </Stack>
        <Group gap="xs" wrap="nowrap">
          <StateBadge tone={enabled ? 'good' : 'paused'}>
            {t(enabled ? 'webhooks.enabled' : 'webhooks.paused')}
          </StateBadge>
          <WebhookMenu webhook={webhook} onDo={setDoing} />
        </Group>
      </Group>
      <Group
        gap={6}
        mt="sm"
        component="ul"
        p={0}
        mb={0}
        style={{ listStyle: 'none' }}
        aria-label={t('webhooks.events')}
      >
        {events.map((event) => (
          <Badge key={event} component="li" variant="default" tt="none" fw={400}>
            {words.event(event)}
          </Badge>
        ))}
      </Group>
      <Button
        mt="sm"
        size="compact-sm"
        variant="subtle"
        style={{ alignSelf: 'flex-start' }}
        aria-expanded={open}
        aria-controls={deliveries}
        leftSection={open ? <IconChevronDown size={14} aria-hidden /> : <IconChevronRight size={14} aria-hidden />}
        onClick={() => setOpen(!open)}
      >
        {t('webhooks.deliveries')}
      </Button>
      <Collapse expanded={open} id={deliveries}>
        {open && <Deliveries webhookId={id} url={url} />}
      </Collapse>
      {doing === 'edit' && <EditWebhookDialog webhook={webhook} onClose={close} />}
      {doing === 'rotate' && <RotateSecretDialog webhook={webhook} onClose={close} />}
      {doing === 'delete' && <DeleteWebhookDialog webhook={webhook} onClose={close} />}
    </Card>
  )
}

interface MenuProps {
  readonly webhook: Webhook
  readonly onDo: (what: Doing) => void
}

function WebhookMenu({ webhook, onDo }: MenuProps) {
  const { t } = useTranslation()
  const { t: tAdmin } = useTranslation('admin')
  const { pause, resume, test } = useWebhookActions(webhook)
  return (
    <RowMenu name={webhook.url}>
      <Menu.Item leftSection={<IconSend size={16} aria-hidden />} onClick={test}>
        {tAdmin('webhooks.test')}
      </Menu.Item>
      <Menu.Item leftSection={<IconPencil size={16} aria-hidden />} onClick={() => onDo('edit')}>
        {tAdmin('webhooks.edit')}
      </Menu.Item>
      {webhook.enabled ? (
        <Menu.Item leftSection={<IconPlayerPause size={16} aria-hidden />} onClick={pause}>
          {tAdmin('webhooks.pause')}
        </Menu.Item>
      ) : (
        <Menu.Item leftSection={<IconPlayerPlay size={16} aria-hidden />} onClick={resume}>
          {tAdmin('webhooks.resume')}
        </Menu.Item>
      )}
      <Menu.Item leftSection={<IconKey size={16} aria-hidden />} onClick={() => onDo('rotate')}>
        {tAdmin('webhooks.rotate')}
      </Menu.Item>
      <Menu.Item color="red" leftSection={<IconTrash size={16} aria-hidden />} onClick={() => onDo('delete')}>
        {t('action.delete')}
      </Menu.Item>
    </RowMenu>
  )
}
