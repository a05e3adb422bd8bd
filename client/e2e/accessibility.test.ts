import type { Page } from 'playwright-core'

import { assertAccessible } from './kit/axe'
import { settled } from './kit/gestures'
import { adminRoutes, publicRoutes, userRoutes } from './kit/routes'
import { story, withBrowser } from './kit/story'

withBrowser()

/** Looks at pages one after the other, and tells of all that is wrong at the end. */
async function look(page: Page, routes: readonly string[]): Promise<void> {
  const wrong: string[] = []
  for (const route of routes) {
    await page.goto(route)
    await settled(page)
    await assertAccessible(page, route).catch((error: unknown) => wrong.push(String(error)))
  }
  if (wrong.length > 0) {
    throw new Error(wrong.join('\n\n'))
  }
}

for (const colorScheme of ['light', 'dark'] as const) {
  const options = { colorScheme, reducedMotion: 'reduce' } as const

  story(`axe finds nothing on the pages for everybody, ${colorScheme}`, async ({ visitor }) => {
    await look(await visitor(options), publicRoutes)
  })

  story(`axe finds nothing on the pages of a user, ${colorScheme}`, async ({ user, stack }) => {
    const { page, person } = await user(options)
    await page.goto('/')
    await settled(page)
    await assertAccessible(page, 'no photos yet')
    const { fileId } = await person.store(stack.sample('photo-1.jpg'))
    await person.store(stack.sample('photo-2.jpg'), { fileId: fileId ?? '' })
    await person.store(stack.sample('infected.jpg'))
    const { fileId: other } = await person.store(stack.sample('photo-3.jpg'))
    await person.call('DELETE', `/files/${other ?? ''}`)
    await look(page, [...userRoutes, `/files/${fileId ?? ''}`])
  })

  story(`axe finds nothing on the pages of administrators, ${colorScheme}`, async ({ admin, windows }) => {
    windows.expect(/status of 404 .*\/admin\/integrity\)$/) // there is no report yet
    const { page } = await admin(options)
    await look(page, adminRoutes)
  })
}
