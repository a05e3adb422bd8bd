import { beforeEach, describe, expect, it } from 'vitest'

import type { Notification } from '../../lib/api/types'
import { testClient } from '../../testing/render'
import { showRead } from './api/cache'
import { notificationsQuery } from './api/notifications'
import { unreadQuery } from './api/unread'
import { applyNotificationEvent } from './live'

function note(id: string, readAt: string | null = null): Notification {
  return {
    id,
    kind: 'upload.done',
    title: `${id} is ready`,
    body: '',
    fileId: null,
    uploadId: null,
    subject: `${id}.jpg`,
    reason: 'created',
    readAt,
    createdAt: '2026-01-01T00:00:00Z',
  }
}

let client = testClient()
const list = (unread = false) =>
  client.getQueryData(notificationsQuery(unread).queryKey)?.pages.map(({ items }) => items.map(({ id }) => id))
const unreadIds = () => client.getQueryData(unreadQuery.queryKey)?.ids
const come = (notification: Notification) => applyNotificationEvent(client, { kind: 'notification', notification })

beforeEach(() => {
  client = testClient()
  client.setQueryData(notificationsQuery(false).queryKey, {
    pages: [
      { items: [note('b')], nextCursor: 'x' },
      { items: [note('a', 'then')], nextCursor: null },
    ],
    pageParams: [null, 'x'],
  })
  client.setQueryData(notificationsQuery(true).queryKey, {
    pages: [{ items: [note('b')], nextCursor: null }],
    pageParams: [null],
  })
  client.setQueryData(unreadQuery.queryKey, { ids: ['b'], more: false })
})

describe('news', () => {
  it('comes first, and is counted', () => {
    come(note('c'))
    expect(list()).toEqual([['c', 'b'], ['a']])
    expect(list(true)).toEqual([['c', 'b']])
    expect(unreadIds()).toEqual(['c', 'b'])
  })

  it('comes once, however often it is told', () => {
    come(note('c'))
    come(note('c'))
    come(note('a'))
    expect(list()).toEqual([['c', 'b'], ['a']])
    expect(unreadIds()?.filter((id) => id === 'c')).toHaveLength(1)
  })

  it('counts to 99 and then says that there is more', () => {
    for (let n = 0; n < 120; n++) {
      come(note(`n${n}`))
    }
    expect(client.getQueryData(unreadQuery.queryKey)).toMatchObject({ more: true })
    expect(unreadIds()).toHaveLength(99)
  })

  it('does not make up a list that nobody has asked for', () => {
    client.clear()
    come(note('c'))
    expect(list()).toBeUndefined()
    expect(unreadIds()).toBeUndefined()
  })

  it('is asked for again when some may have been missed', () => {
    applyNotificationEvent(client, { kind: 'resync' })
    expect(client.getQueryState(unreadQuery.queryKey)?.isInvalidated).toBe(true)
    expect(client.getQueryState(notificationsQuery(false).queryKey)?.isInvalidated).toBe(true)
  })
})

describe('reading', () => {
  const readAt = (unread: boolean) =>
    client
      .getQueryData(notificationsQuery(unread).queryKey)
      ?.pages.flatMap(({ items }) => items.map((item) => item.readAt))

  it('marks one in every list, and leaves it where it is', () => {
    showRead(client, 'b', 'now')
    expect(readAt(false)).toEqual(['now', 'then'])
    expect(readAt(true)).toEqual(['now'])
    expect(unreadIds()).toEqual([])
  })

  it('marks all, and keeps when the others were read', () => {
    come(note('c'))
    showRead(client, 'all', 'now')
    expect(readAt(false)).toEqual(['now', 'now', 'then'])
    expect(client.getQueryData(unreadQuery.queryKey)).toEqual({ ids: [], more: false })
  })
})
