import { act, screen, waitFor } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { dispatchEvent, useConnection } from '../../lib/events/events'
import { usePreferences } from '../../lib/preferences'
import { showsUploads } from '../../lib/shownUploads'
import { fakeFetch, json, pathOf, problem } from '../../testing/http'
import { installLocks, removeLocks } from '../../testing/locks'
import { renderApp } from '../../testing/render'
import { Bell } from './Bell'
import messages from './messages/en'

const note = (id: string, kind = 'upload.done') => ({
  id,
  kind,
  title: `${id} has news`,
  body: 'Look.',
  fileId: `file-${id}`,
  uploadId: `upload-${id}`,
  subject: id,
  reason: '',
  readAt: null,
  createdAt: '2026-01-01T00:00:00Z',
})

/** What the browser was asked to show. */
let shown: { title: string; tag: string | undefined }[]
let visibility: DocumentVisibilityState

class FakeNotification {
  static readonly permission = 'granted'
  onclick: (() => void) | null = null
  constructor(title: string, options: NotificationOptions) {
    shown.push({ title, tag: options.tag })
  }
  close() {
    // nothing to close
  }
}

async function openBell(readAnswer: () => Response = () => json(200, note('a'))) {
  const asked = fakeFetch((request) =>
    request.method === 'POST' ? readAnswer() : json(200, { items: [note('a')], nextCursor: null }),
  )
  const view = await renderApp(<Bell />, { messages: { notifications: messages } })
  await screen.findByRole('button', { name: 'Notifications, 1 unread' })
  return { ...view, asked }
}

function come(...notes: ReturnType<typeof note>[]) {
  act(() => {
    for (const notification of notes) {
      dispatchEvent({ kind: 'notification', notification: notification as never })
    }
  })
}

beforeEach(() => {
  shown = []
  visibility = 'visible'
  vi.spyOn(document, 'visibilityState', 'get').mockImplementation(() => visibility)
  vi.stubGlobal('Notification', FakeNotification)
  installLocks()
  usePreferences.setState({ browserNotifications: true })
  useConnection.setState({ leads: true })
})

afterEach(() => {
  vi.unstubAllGlobals()
  removeLocks()
})

describe('the bell', () => {
  it('marks as read at once, and takes it back where the server refuses', async () => {
    let refuse: (() => void) | undefined
    const { asked } = await openBell(() => problem(500, 'internal'))
    const held = new Promise<void>((resolve) => {
      refuse = resolve
    })
    const send = globalThis.fetch
    vi.stubGlobal('fetch', async (request: Request) => {
      if (request.method === 'POST') {
        await held
      }
      return send(request)
    })
    const user = userEvent.setup()
    await user.click(screen.getByRole('button', { name: 'Notifications, 1 unread' }))
    await user.click(await screen.findByRole('button', { name: 'Mark as read: a has news' }))
    await screen.findByRole('button', { name: 'Notifications', hidden: true })
    refuse?.()
    await screen.findByRole('button', { name: 'Notifications, 1 unread', hidden: true })
    expect(asked.filter(({ method }) => method === 'POST').map(pathOf)).toEqual(['/api/v1/notifications/a/read'])
  })

  it('leads to the file, and reads what is opened', async () => {
    const { router, asked } = await openBell()
    const user = userEvent.setup()
    await user.click(screen.getByRole('button', { name: 'Notifications, 1 unread' }))
    await user.click(await screen.findByRole('link', { name: /a has news/ }))
    expect(router.state.location.pathname).toBe('/files/file-a')
    await waitFor(() => {
      expect(asked.some((request) => pathOf(request) === '/api/v1/notifications/a/read')).toBe(true)
    })
  })
})

describe('announcements', () => {
  it('go to the browser when no tab can be seen, together where they come together', async () => {
    visibility = 'hidden'
    await openBell()
    come(note('b'), note('c', 'upload.rejected'), note('d', 'upload.stalled'))
    await waitFor(() => {
      expect(shown).toEqual([{ title: '2 uploads need a look', tag: 'safelight' }])
    })
  })

  it('name the one that came alone', async () => {
    visibility = 'hidden'
    await openBell()
    come(note('b'))
    await waitFor(() => {
      expect(shown).toEqual([{ title: 'b has news', tag: 'b' }])
    })
  })

  it.each([
    [
      'another tab can be seen',
      () => void navigator.locks.request('safelight-visible', { mode: 'shared' }, () => new Promise(() => undefined)),
    ],
    ['another tab speaks', () => useConnection.setState({ leads: false })],
    ['the person did not agree', () => usePreferences.setState({ browserNotifications: false })],
  ])('are not made when %s', async (_, arrange) => {
    visibility = 'hidden'
    arrange()
    await openBell()
    come(note('b'))
    await new Promise((resolve) => setTimeout(resolve, 2000))
    expect(shown).toEqual([])
  })

  it('of what needs a look stand on the page, unless the tray shows it', async () => {
    const stop = showsUploads((id) => id === 'upload-c')
    await openBell()
    come(note('b', 'upload.rejected'), note('c', 'upload.rejected'), note('d'))
    expect(await screen.findByText('b has news')).toBeTruthy()
    expect(screen.queryByText('c has news')).toBeNull()
    expect(screen.queryByText('2 uploads need a look')).toBeNull()
    expect(shown).toEqual([])
    stop()
  })
})
