import type { CDPSession, Locator, Page } from 'playwright-core'

/**
 * Drops files from outside the browser onto a part of the page, as a file manager does: by the browser's own drag
 * events, so that the page gets real files of real folders.
 */
export async function drop(page: Page, target: Locator, paths: string[]): Promise<void> {
  const box = await target.boundingBox()
  if (box === null) {
    throw new Error('there is nothing to drop on')
  }
  const [x, y] = [box.x + box.width / 2, box.y + Math.min(box.height / 2, 300)]
  const data = { items: [], files: paths, dragOperationsMask: 1 }
  const session = await page.context().newCDPSession(page)
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
    await session.send('Input.dispatchDragEvent', { type, x, y, data })
  }
  await session.detach()
}

/** The tray of uploads, opened. */
export async function openTray(page: Page): Promise<Locator> {
  const tray = page.getByRole('complementary', { name: 'Uploads' })
  const badge = page.getByRole('button', { name: /^Show uploads/ })
  await tray.or(badge).waitFor()
  if (await badge.isVisible()) {
    await badge.click()
  }
  await tray.waitFor()
  return tray
}

/** The row of a file in the tray, a part of it that says something, or both. */
export function trayRow(tray: Locator, name: string, words?: string | RegExp): Locator {
  const row = tray.getByRole('listitem').filter({ hasText: name })
  return words === undefined ? row : row.filter({ hasText: words })
}

const sessions = new WeakMap<Page, CDPSession>()

/** Slows a page's connection down, or cuts it off. */
export async function connection(page: Page, state: { online: boolean; uploadBytesPerSecond?: number }): Promise<void> {
  // What several sessions of the debugger wish for adds up, so there is one.
  const session = sessions.get(page) ?? (await page.context().newCDPSession(page))
  sessions.set(page, session)
  await session.send('Network.enable')
  await session.send('Network.emulateNetworkConditions', {
    offline: !state.online,
    latency: 0,
    downloadThroughput: -1,
    uploadThroughput: state.uploadBytesPerSecond ?? -1,
  })
}

/** Waits until a page has its heading, its pictures, and nothing that still loads. */
export async function settled(page: Page): Promise<void> {
  await page.getByRole('heading', { level: 1 }).first().waitFor()
  await page.waitForFunction(
    () =>
      document.querySelector('[aria-busy="true"]') === null &&
      [...document.images].every((image) => image.complete || image.loading === 'lazy') &&
      // A spinner never ends: what waits for an end is told by aria-busy.
      document
        .getAnimations()
        .every(({ playState, effect }) => playState !== 'running' || effect?.getComputedTiming().endTime === Infinity),
  )
}
