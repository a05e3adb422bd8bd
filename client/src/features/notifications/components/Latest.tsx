import { Button, Group, ScrollArea, Stack, Text, Title } from '@mantine/core'
import { IconBellRinging } from '@tabler/icons-react'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'

import { EmptyState } from '../../../components/EmptyState'
import { Loading } from '../../../components/Loading'
import { ProblemAlert } from '../../../components/ProblemAlert'
import { turnOnBrowserNotifications, usePermission } from '../../../lib/permission'
import { usePreferences } from '../../../lib/preferences'
import { useMarkRead } from '../api/markRead'
import { notificationsQuery } from '../api/notifications'
import { Item } from './Item'

const shown = 15

interface Props {
  readonly unread: number
  readonly onLeave: () => void
}

/** The newest notifications, in the bell's popover. */
export function Latest({ unread, onLeave }: Props) {
  const { t } = useTranslation('notifications')
  const { data, error, refetch } = useInfiniteQuery(notificationsQuery(false))
  const markRead = useMarkRead()
  const items = data?.pages[0]?.items.slice(0, shown)
  return (
    <>
      <Group justify="space-between" px="md" pt="sm" pb={4} wrap="nowrap">
        <Title order={2} size="h5">
          {t('title')}
        </Title>
        <Button size="compact-sm" variant="subtle" disabled={unread === 0} onClick={() => markRead.mutate('all')}>
          {t('markAllRead')}
        </Button>
      </Group>
      <ScrollArea.Autosize mah="min(60vh, 520px)" type="auto">
        <Stack gap={2} p="xs" component="ul" m={0} style={{ listStyle: 'none' }}>
          {items?.map((item) => (
            <li key={item.id}>
              <Item notification={item} onRead={markRead.mutate} onOpen={onLeave} />
            </li>
          ))}
        </Stack>
        {items?.length === 0 && (
          <EmptyState icon={<IconBellRinging size={36} />} title={t('empty')}>
            {t('emptyDetail')}
          </EmptyState>
        )}
        {items === undefined &&
          (error === null ? <Loading /> : <ProblemAlert error={error} onRetry={() => void refetch()} />)}
      </ScrollArea.Autosize>
      <Ask />
      <Button component={Link} to="/notifications" variant="subtle" fullWidth radius={0} h={44} onClick={onLeave}>
        {t('seeAll')}
      </Button>
    </>
  )
}

/** Offers browser notifications to whoever was not asked yet. */
function Ask() {
  const { t } = useTranslation('notifications')
  const permission = usePermission()
  const on = usePreferences((preferences) => preferences.browserNotifications)
  if (on || permission !== 'default') {
    return null
  }
  return (
    <Group px="md" py="xs" wrap="nowrap" justify="space-between" gap="sm">
      <Text size="xs">{t('ask.text')}</Text>
      <Button size="compact-sm" variant="light" onClick={() => void turnOnBrowserNotifications()} flex="none">
        {t('ask.yes')}
      </Button>
    </Group>
  )
}
