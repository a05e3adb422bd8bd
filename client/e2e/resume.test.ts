import { statSync } from 'node:fs'

import type { Page } from 'playwright-core'
import { expect } from 'vitest'

import { connection, drop, openTray, trayRow } from './kit/gestures'
import { until } from './kit/parts'
import { story, withBrowser } from './kit/story'

withBrowser()

/** Slow enough that something can happen in the middle of 20 MB. */
const slow = { online: true, uploadBytesPerSecond: 3_000_000 }

/** What the server said it has of a resumable upload, by the method of the request; POST begins one. */
function watchOffsets(page: Page): Record<'POST' | 'HEAD' | 'PATCH', number[]> {
  const offsets = { POST: [], HEAD: [], PATCH: [] } as Record<'POST' | 'HEAD' | 'PATCH', number[]>
  page.on('response', (response) => {
    const method = response.request().method()
    if (response.url().includes('/uploads/tus/') && (method === 'POST' || method === 'HEAD' || method === 'PATCH')) {
      offsets[method].push(Number(response.headers()['upload-offset'] ?? 0))
    }
  })
  return offsets
}

story('An upload goes on where the network was lost', async ({ user, stack, windows }) => {
  const { page, person } = await user()
  windows.expect(/ERR_INTERNET_DISCONNECTED/)
  const offsets = watchOffsets(page)
  await page.goto('/')
  await page.getByRole('heading', { name: 'No photos yet' }).waitFor()
  await connection(page, slow)
  await drop(page, page.getByRole('main'), [stack.sample('large.png')])
  const tray = await openTray(page)
  await trayRow(tray, 'large.png', 'Sending').waitFor()
  await until('a part of it is there', () => Promise.resolve(offsets.PATCH.length > 0 ? true : undefined))
  await connection(page, { online: false })
  await trayRow(tray, 'large.png', 'It goes on by itself as soon as there is one').waitFor()
  const before = offsets.PATCH.length
  await connection(page, { online: true })
  await trayRow(tray, 'large.png', /Done:/).waitFor({ timeout: 90_000 })
  const { items } = await person.call<{ items: { name: string }[] }>('GET', '/files')
  expect(items.map(({ name }) => name)).toEqual(['large.png'])
  // Resumed, not begun anew: it was asked for what was there, and that was not sent again.
  expect(offsets.POST).toHaveLength(1)
  expect(offsets.HEAD.at(-1)).toBeGreaterThanOrEqual(offsets.PATCH[before - 1] ?? 0)
  expect(offsets.PATCH).toEqual([...offsets.PATCH].sort((a, b) => a - b))
  expect(offsets.PATCH.at(-1)).toBe(statSync(stack.sample('large.png')).size)
})

story('A reload in the middle of an upload loses nothing', async ({ user, stack }) => {
  const { page, person } = await user()
  await page.goto('/')
  await page.getByRole('heading', { name: 'No photos yet' }).waitFor()
  await connection(page, slow)
  await drop(page, page.getByRole('main'), [stack.sample('large.png')])
  await trayRow(await openTray(page), 'large.png', 'Sending').waitFor()
  page.on('dialog', (dialog) => void dialog.accept())
  await page.reload()
  const tray = await openTray(page)
  await trayRow(tray, 'large.png', /Sending|Done|Processing/).waitFor()
  await connection(page, { online: true })
  await trayRow(tray, 'large.png', /Done:/).waitFor({ timeout: 90_000 })
  const { items } = await person.call<{ items: unknown[] }>('GET', '/files')
  expect(items).toHaveLength(1)
})
