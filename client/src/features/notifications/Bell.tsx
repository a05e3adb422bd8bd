import { ActionIcon, Indicator, Popover } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconBell } from '@tabler/icons-react'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { lazy, Suspense, useEffect } from 'react'
import { useTranslation } from 'react-i18next'

import { Loading } from '../../components/Loading'
import { showRead } from './api/cache'
import { mostCounted, unreadQuery } from './api/unread'
import { onRead } from './tabs'
import { useAnnouncements } from './useAnnouncements'

const Latest = lazy(async () => ({ default: (await import('./components/Latest')).Latest }))

/** The bell of the header: how many are unread, and the newest by a click. */
export function Bell() {
  const { t } = useTranslation('notifications')
  const client = useQueryClient()
  const { data: unread } = useQuery(unreadQuery)
  const [opened, popover] = useDisclosure(false)
  useAnnouncements()
  useEffect(() => onRead((which) => showRead(client, which, new Date().toISOString())), [client])

  const count = unread?.ids.length ?? 0
  const many = unread?.more === true
  const label = many ? t('bellMany', { count: mostCounted }) : count > 0 ? t('bellUnread', { count }) : t('bell')
  return (
    <Popover
      opened={opened}
      onChange={popover.toggle}
      position="bottom-end"
      width="min(400px, calc(100vw - 24px))"
      shadow="lg"
      trapFocus
      withRoles={false}
    >
      <Popover.Target>
        <Indicator
          label={many ? `${mostCounted}+` : count}
          disabled={count === 0}
          size={18}
          offset={5}
          zIndex={1}
          color="safelight.8"
          styles={{ indicator: { pointerEvents: 'none', fontWeight: 700 } }}
        >
          <ActionIcon
            variant="subtle"
            color="gray"
            size={38}
            aria-label={label}
            aria-haspopup="dialog"
            aria-expanded={opened}
            onClick={popover.toggle}
          >
            <IconBell size={22} aria-hidden />
          </ActionIcon>
        </Indicator>
      </Popover.Target>
      <Popover.Dropdown p={0} role="dialog" aria-label={t('title')}>
        <Suspense fallback={<Loading />}>
          <Latest unread={count} onLeave={popover.close} />
        </Suspense>
      </Popover.Dropdown>
    </Popover>
  )
}
