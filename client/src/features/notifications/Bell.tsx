import { ActionIcon, Indicator, Popover } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconBell } from '@tabler/icons-react'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import { useTranslation } from 'react-i18next'

import { showRead } from './api/cache'
import { mostCounted, unreadQuery } from './api/unread'
import { Latest } from './components/Latest'
import { onRead } from './tabs'
import { useAnnouncements } from './useAnnouncements'

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
      onChange={(open) => (open ? popover.open() : popover.close())}
      position="bottom-end"
      width="min(400px, calc(100vw - 24px))"
      shadow="lg"
      trapFocus
      returnFocus
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
        <Latest unread={count} onLeave={popover.close} />
      </Popover.Dropdown>
    </Popover>
  )
}
