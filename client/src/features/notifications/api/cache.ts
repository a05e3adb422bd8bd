import type { InfiniteData, QueryClient } from '@tanstack/react-query'

import type { Notification, Page } from '../../../lib/api/types'
import { notificationsQuery } from './notifications'
import { mostCounted, type Unread, unreadQuery } from './unread'

type List = InfiniteData<Page<Notification>, string | null>

/** Puts a notification that has just come before the others, once. */
export function addNotification(client: QueryClient, fresh: Notification): void {
  for (const unread of [true, false]) {
    client.setQueryData<List>(notificationsQuery(unread).queryKey, (list) => {
      const [first, ...others] = list?.pages ?? []
      if (list === undefined || first === undefined || has(list, fresh.id)) {
        return list
      }
      return { ...list, pages: [{ ...first, items: [fresh, ...first.items] }, ...others] }
    })
  }
  if (fresh.readAt === null) {
    client.setQueryData<Unread>(unreadQuery.queryKey, (unread) => {
      if (unread === undefined || unread.ids.includes(fresh.id)) {
        return unread
      }
      const ids = [fresh.id, ...unread.ids]
      return { ids: ids.slice(0, mostCounted), more: unread.more || ids.length > mostCounted }
    })
  }
}

/**
 * Marks one, or all, as read. The list of unread ones keeps what was read while
 * it was open: nothing moves away under the pointer.
 */
export function showRead(client: QueryClient, which: string, at: string): void {
  const read = (item: Notification) =>
    item.readAt === null && (which === 'all' || item.id === which) ? { ...item, readAt: at } : item
  client.setQueriesData<List>({ queryKey: ['notifications', 'list'] }, (list) =>
    list === undefined
      ? list
      : { ...list, pages: list.pages.map((page) => ({ ...page, items: page.items.map(read) })) },
  )
  client.setQueryData<Unread>(unreadQuery.queryKey, (unread) => {
    if (unread === undefined || which === 'all') {
      return unread && { ids: [], more: false }
    }
    return { ...unread, ids: unread.ids.filter((id) => id !== which) }
  })
}

function has(list: List, id: string): boolean {
  return list.pages.some(({ items }) => items.some((item) => item.id === id))
}
