import type { Page } from 'playwright-core'
import { expect } from 'vitest'

import { openTray } from './kit/gestures'
import { story, withBrowser } from './kit/story'

withBrowser()

/** Answers for the server as tus has it, slowly: nothing but the page costs anything, and all is under way for long. */
async function fakeTus(page: Page): Promise<void> {
  let begun = 0
  await page.route(/\/api\/v1\/uploads\/tus\//, async (route) => {
    const request = route.request()
    const tus = { 'Tus-Resumable': '1.0.0' }
    if (request.method() !== 'POST') {
      await route.fulfill({ status: 204, headers: tus })
      return
    }
    const id = `smooth-${++begun}`
    const { 'upload-length': length = '0' } = request.headers()
    await new Promise((done) => setTimeout(done, 200))
    await route.fulfill({
      status: 201,
      headers: { ...tus, Location: `/api/v1/uploads/tus/${id}`, 'Upload-Offset': length, 'Safelight-Upload-Id': id },
    })
  })
}

type Watched = { frames: number; milliseconds: number; longTasks: number; rows: number; writes: number }

/** Looks on at the rows of the tray: what is in the page, and how often what a row shows is written. */
async function watch(page: Page, milliseconds: number): Promise<Watched> {
  return page.evaluate(async (span) => {
    const list = document.querySelector('aside ul[aria-label]')
    if (list === null) {
      throw new Error('there is no tray')
    }
    const writes = new Map<Node, Set<number>>()
    let [rows, frames, longTasks] = [0, 0, 0]
    const start = performance.now()
    const mutations = new MutationObserver((records) => {
      for (const { target } of records) {
        const row = (target instanceof Element ? target : target.parentElement)?.closest('li[data-index]')
        // All that one drawing changes is told together.
        if (row !== null && row !== undefined) {
          writes.set(row, (writes.get(row) ?? new Set()).add(Math.round(performance.now())))
        }
      }
    })
    mutations.observe(list, { subtree: true, childList: true, characterData: true, attributes: true })
    const tasks = new PerformanceObserver((entries) => {
      longTasks += entries.getEntries().length
    })
    tasks.observe({ type: 'longtask' })
    await new Promise<void>((done) => {
      const frame = () => {
        frames++
        rows = Math.max(rows, list.querySelectorAll('li[data-index]').length)
        if (performance.now() - start < span) {
          requestAnimationFrame(frame)
        } else {
          done()
        }
      }
      requestAnimationFrame(frame)
    })
    mutations.disconnect()
    tasks.disconnect()
    const most = Math.max(0, ...[...writes.values()].map((times) => times.size))
    return { frames, milliseconds: performance.now() - start, longTasks, rows, writes: most }
  }, milliseconds)
}

type Flown = { frames: number; milliseconds: number; plain: number; whole: number }

/** Flings the list of the tray to its end and looks at what is drawn on the way. */
async function fling(page: Page, milliseconds: number): Promise<Flown> {
  return page.evaluate(async (span) => {
    const list = document.querySelector('aside ul[aria-label]')
    const scroller = list?.parentElement
    if (list === null || scroller === null || scroller === undefined) {
      throw new Error('there is no tray')
    }
    const far = scroller.scrollHeight - scroller.clientHeight
    const seen = { plain: new Set<string>(), whole: new Set<string>() }
    let frames = 0
    const start = performance.now()
    let now = start
    while (now - start < span) {
      scroller.scrollTop = (far * (now - start)) / span
      now = await new Promise<number>((done) => requestAnimationFrame(done))
      frames++
      for (const row of list.querySelectorAll<HTMLElement>('li[data-index]')) {
        seen[row.ariaBusy === 'true' ? 'plain' : 'whole'].add(row.dataset.index ?? '')
      }
    }
    return { frames, milliseconds: now - start, plain: seen.plain.size, whole: seen.whole.size }
  }, milliseconds)
}

story('A tray with 500 files draws only what is seen, and seldom', async ({ user }) => {
  const { page } = await user()
  await fakeTus(page)
  await page.goto('/')
  await page.getByRole('heading', { name: 'No photos yet' }).waitFor()
  await page.evaluate(() => {
    const dataTransfer = new DataTransfer()
    for (let i = 0; i < 500; i++) {
      const bytes = new Uint8Array(20_000)
      bytes.set([0xff, 0xd8, 0xff, 0xe0])
      dataTransfer.items.add(new File([bytes, String(i)], `smooth-${i}.jpg`, { type: 'image/jpeg' }))
    }
    for (const type of ['dragenter', 'dragover', 'drop']) {
      const event = new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer })
      document.querySelector('main')?.dispatchEvent(event)
    }
  })
  const tray = await openTray(page)
  await tray.getByRole('heading', { name: /^Sending/ }).waitFor()
  await tray.getByRole('listitem').first().waitFor()
  const seen = await watch(page, 5000)
  const seconds = seen.milliseconds / 1000
  process.stdout.write(
    `tray of 500: ${(seen.frames / seconds).toFixed(0)} frames a second, ${seen.longTasks} long tasks in ${seconds.toFixed(1)} s, ` +
      `${seen.rows} rows in the page, a row written ${(seen.writes / seconds).toFixed(1)} times a second at most\n`,
  )
  expect(seen.rows).toBeGreaterThan(0)
  expect(seen.rows).toBeLessThanOrEqual(40)
  // Progress is drawn twice a second, and a row has a change or two of its own.
  expect(seen.writes).toBeLessThanOrEqual(3 * Math.ceil(seconds))

  const flown = await fling(page, 4000)
  process.stdout.write(
    `tray of 500, flung: ${((1000 * flown.frames) / flown.milliseconds).toFixed(0)} frames a second, ` +
      `${flown.plain} rows plain and ${flown.whole} whole\n`,
  )
  // What flies by has its name, and all the rest when it has come to rest.
  expect(flown.plain).toBeGreaterThan(0)
  await page.waitForFunction(() => document.querySelector('aside li[aria-busy]') === null)
  expect(await tray.getByRole('listitem').getByRole('button').count()).toBeGreaterThan(0)
})
