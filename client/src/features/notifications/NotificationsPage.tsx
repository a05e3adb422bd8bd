import { Button, Center, Paper, SegmentedControl, Stack, Text } from '@mantine/core'
import { IconBellCheck, IconBellRinging } from '@tabler/icons-react'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useWindowVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useLayoutEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useSearchParams } from 'react-router'

import { EmptyState } from '../../components/EmptyState'
import { Loading } from '../../components/Loading'
import { MoreButton } from '../../components/MoreButton'
import { PageHeader } from '../../components/PageHeader'
import { ProblemAlert } from '../../components/ProblemAlert'
import type { Notification } from '../../lib/api/types'
import { useMarkRead } from './api/markRead'
import { notificationsQuery } from './api/notifications'
import { unreadQuery } from './api/unread'
import { Item } from './components/Item'

export function NotificationsPage() {
  const { t } = useTranslation('notifications')
  const [params, setParams] = useSearchParams()
  const unreadOnly = params.get('show') === 'unread'
  const { data: unread } = useQuery(unreadQuery)
  const markRead = useMarkRead()
  return (
    <Stack maw={760} mx="auto" gap={0}>
      <PageHeader title={t('title')} description={t('description')}>
        <SegmentedControl
          aria-label={t('show')}
          value={unreadOnly ? 'unread' : 'all'}
          onChange={(value) => setParams(value === 'unread' ? { show: 'unread' } : {}, { replace: true })}
          data={[
            { value: 'all', label: t('all') },
            { value: 'unread', label: t('unread') },
          ]}
        />
        <Button variant="default" disabled={!unread?.ids.length} onClick={() => markRead.mutate('all')}>
          {t('markAllRead')}
        </Button>
      </PageHeader>
      <List key={String(unreadOnly)} unreadOnly={unreadOnly} onRead={markRead.mutate} />
    </Stack>
  )
}

interface ListProps {
  readonly unreadOnly: boolean
  readonly onRead: (id: string) => void
}

function List({ unreadOnly, onRead }: ListProps) {
  const { t } = useTranslation('notifications')
  const list = useInfiniteQuery(notificationsQuery(unreadOnly))
  const { data, error, refetch, fetchNextPage, hasNextPage, isFetchingNextPage, isFetchNextPageError } = list
  const items = data?.pages.flatMap((page) => page.items)
  if (items === undefined) {
    return error === null ? <Loading /> : <ProblemAlert error={error} onRetry={() => void refetch()} />
  }
  if (items.length === 0) {
    return unreadOnly ? (
      <EmptyState icon={<IconBellCheck size={36} />} title={t('emptyUnread')}>
        {t('emptyUnreadDetail')}
      </EmptyState>
    ) : (
      <EmptyState icon={<IconBellRinging size={36} />} title={t('empty')}>
        {t('emptyDetail')}
      </EmptyState>
    )
  }
  return (
    <>
      <Paper withBorder p={6} radius="lg">
        <Rows
          items={items}
          onRead={onRead}
          onEnd={() => {
            if (hasNextPage && !isFetchingNextPage && !isFetchNextPageError) {
              void fetchNextPage()
            }
          }}
        />
      </Paper>
      <Center mt="md" mih={40}>
        <MoreButton list={list} label={t('more')} />
        {!hasNextPage && items.length > 12 && (
          <Text size="sm" c="dimmed">
            {t('end')}
          </Text>
        )}
      </Center>
    </>
  )
}

interface RowsProps {
  readonly items: readonly Notification[]
  readonly onRead: (id: string) => void
  /** Called when the last one comes near. */
  readonly onEnd: () => void
}

/** Draws the rows that can be seen. */
function Rows({ items, onRead, onEnd }: RowsProps) {
  const list = useRef<HTMLUListElement>(null)
  const [top, setTop] = useState(0)
  useLayoutEffect(() => {
    setTop(list.current === null ? 0 : list.current.getBoundingClientRect().top + window.scrollY)
  }, [])
  const rows = useWindowVirtualizer({
    count: items.length,
    estimateSize: () => 88,
    overscan: 8,
    scrollMargin: top,
    getItemKey: (index) => items[index]?.id ?? index,
  })
  const visible = rows.getVirtualItems()
  const last = visible.at(-1)?.index ?? 0
  useEffect(() => {
    if (last >= items.length - 10) {
      onEnd()
    }
  })
  return (
    <ul
      ref={list}
      style={{ position: 'relative', height: rows.getTotalSize(), margin: 0, padding: 0, listStyle: 'none' }}
    >
      {visible.map(({ key, index, start }) => {
        const item = items[index]
        return (
          item !== undefined && (
            <li
              key={key}
              ref={rows.measureElement}
              data-index={index}
              aria-setsize={items.length}
              aria-posinset={index + 1}
              style={{ position: 'absolute', insetInline: 0, top: 0, transform: `translateY(${start - top}px)` }}
            >
              <Item notification={item} onRead={onRead} />
            </li>
          )
        )
      })}
    </ul>
  )
}
