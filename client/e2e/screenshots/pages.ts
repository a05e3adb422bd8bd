import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'

import type { Page } from 'playwright-core'
import { beforeAll, inject } from 'vitest'

import { signIn } from '../kit/browser'
import { drop, openTray, settled, trayRow } from '../kit/gestures'
import { Parts } from '../kit/parts'
import { adminRoutes, publicRoutes, userRoutes } from '../kit/routes'
import { root } from '../kit/stack'
import { story, withBrowser } from '../kit/story'
import { fill, type Library } from './library'

const folder = join(root, 'bin/screenshots')
const sizes = { wide: { width: 1440, height: 900 }, phone: { width: 390, height: 844 } }

let library: Library

withBrowser()

beforeAll(async () => {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  library = await fill(new Parts(inject('stack')))
})

for (const [size, viewport] of Object.entries(sizes)) {
  for (const colorScheme of ['light', 'dark'] as const) {
    const look = {
      viewport,
      colorScheme,
      deviceScaleFactor: size === 'phone' ? 2 : 1,
      reducedMotion: 'reduce',
    } as const
    const take = async (page: Page, name: string) => {
      await page.screenshot({ path: join(folder, `${name}-${size}-${colorScheme}.png`) })
    }

    story(`pictures of every page, ${size}, ${colorScheme}`, async ({ visitor, stack }) => {
      const stranger = await visitor(look)
      for (const route of publicRoutes) {
        await stranger.goto(route)
        await settled(stranger)
        await take(stranger, nameOf(route))
      }
      const page = await visitor(look)
      await signIn(page, library.admin)
      for (const route of [...userRoutes, `/files/${library.versioned}`, ...adminRoutes]) {
        await page.goto(route)
        await settled(page)
        await page.waitForTimeout(500) // the drawing of charts has no end that could be waited for
        await take(page, route.startsWith('/files/') ? 'photo' : nameOf(route))
      }
      await page.goto(`/files/${library.versioned}`)
      await page
        .getByRole('button', { name: /^Compare version/ })
        .first()
        .click()
      await page.getByRole('slider').waitFor()
      await settled(page)
      await take(page, 'compare')

      await page.goto('/')
      await settled(page)
      await stack.scanner('held')
      const names = [4, 5, 6].map((n) => `photo-${n}.jpg`)
      await drop(
        page,
        page.getByRole('main'),
        names.map((name) => stack.sample(name)),
      )
      const tray = await openTray(page)
      await trayRow(tray, 'photo-6.jpg', 'Processing').waitFor()
      await take(page, 'tray')
      for (const name of names) {
        await tray.getByRole('button', { name: `Cancel ${name}` }).click()
      }
      await stack.scanner('open')
    })
  }
}

function nameOf(route: string): string {
  const [path = '', hash] = route.split('#')
  const name = path === '/' ? 'photos' : path.slice(1).replaceAll('/', '-')
  return hash === undefined ? name : `${name}-form`
}
