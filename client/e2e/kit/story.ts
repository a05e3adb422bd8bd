import { rmSync } from 'node:fs'
import { join } from 'node:path'

import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, inject, test } from 'vitest'

import { launch, signIn, Windows } from './browser'
import { Parts } from './parts'
import { Person } from './person'
import { root } from './stack'

/** What a story is told with. */
export type Kit = {
  /** The running system, parts of which can be stopped. */
  stack: Parts
  windows: Windows
  /** A window of somebody who is not signed in. */
  visitor: (options?: BrowserContextOptions) => Promise<Page>
  /** Somebody new, and a window in which they are signed in. */
  user: (options?: BrowserContextOptions) => Promise<{ person: Person; page: Page }>
  /** The first administrator. */
  admin: (options?: BrowserContextOptions) => Promise<{ person: Person; page: Page }>
}

let browser: Browser | undefined

/** Begins a test file: its browser. */
export function withBrowser(): void {
  beforeAll(async () => {
    browser = await launch()
  })
  afterAll(async () => {
    await browser?.close()
  })
}

/**
 * A test of the whole system. It fails on every error or warning that a page writes to its console; what shows why a
 * test failed is kept in bin/e2e.
 */
export function story(name: string, tell: (kit: Kit) => Promise<void>): void {
  test(name, async () => {
    if (browser === undefined) {
      throw new Error('call withBrowser() first')
    }
    const stack = new Parts(inject('stack'))
    const windows = new Windows(browser, stack)
    const folder = join(root, 'bin/e2e', name.replaceAll(/[^\w]+/g, '-'))
    rmSync(folder, { recursive: true, force: true })
    const signedIn = async (person: Person, options?: BrowserContextOptions) => {
      const page = await windows.open(options)
      await signIn(page, person)
      return { person, page }
    }
    try {
      await tell({
        stack,
        windows,
        visitor: (options) => {
          // The app asks who is there, and the browser writes each refusal down.
          windows.expect(/status of 401 .*\/api\/v1\/(me|auth\/refresh)\)$/)
          return windows.open(options)
        },
        user: async (options) => signedIn(await Person.register(stack.url), options),
        admin: async (options) =>
          signedIn(await Person.login(stack.url, stack.dev.adminEmail, stack.dev.adminPassword), options),
      })
      windows.assertQuiet()
    } catch (error) {
      await windows.keep(folder)
      throw error
    } finally {
      await stack.restore()
      await windows.close()
    }
  })
}
