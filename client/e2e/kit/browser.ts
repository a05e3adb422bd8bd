import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { chromium, type Browser, type BrowserContext, type BrowserContextOptions, type Page } from 'playwright-core'

import type { Parts } from './parts'
import type { Person } from './person'
import { root } from './stack'

/** The browser of this system, by scripts/chrome.sh. */
export async function launch(): Promise<Browser> {
  const found = spawnSync(join(root, 'scripts/chrome.sh'), { encoding: 'utf8' })
  if (found.status !== 0) {
    throw new Error(`there is no Chrome or Chromium (CHROME_PATH may name one). ${found.stderr}`)
  }
  return chromium.launch({
    executablePath: found.stdout.trim(),
    // The sandbox needs another user than root.
    chromiumSandbox: process.getuid?.() !== 0,
  })
}

/** Browser windows of one test, each of which nothing must go wrong in. */
export class Windows {
  private readonly contexts: BrowserContext[] = []
  private readonly pages: Page[] = []
  private readonly complaints: string[] = []
  private readonly expected: RegExp[] = []

  constructor(
    private readonly browser: Browser,
    private readonly parts: Parts,
  ) {}

  /** A window of somebody who shares nothing with the other ones: no cookie, no storage. */
  async open(options: BrowserContextOptions = {}): Promise<Page> {
    const context = await this.browser.newContext({
      baseURL: this.parts.url,
      viewport: { width: 1280, height: 800 },
      locale: 'en-GB',
      timezoneId: 'UTC',
      ...options,
    })
    this.contexts.push(context)
    await context.tracing.start({ snapshots: true, screenshots: false })
    context.setDefaultTimeout(30_000)
    context.on('page', (page) => this.watch(page))
    return context.newPage()
  }

  /** A console message that the story itself causes, such as that of a request that is refused. */
  expect(message: RegExp): void {
    this.expected.push(message)
  }

  private watch(page: Page): void {
    this.pages.push(page)
    page.on('pageerror', (error) => this.complaints.push(`uncaught: ${error.stack ?? error.message}`))
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') {
        this.complaints.push(`${message.type()}: ${message.text()} (${message.location().url})`)
      }
    })
    page.on('crash', () => this.complaints.push('the page crashed'))
  }

  /** Fails on whatever a page complained of. A violation of the content security policy is an error of the console. */
  assertQuiet(): void {
    const unexpected = this.complaints.filter((text) => !this.expected.some((pattern) => pattern.test(text)))
    if (unexpected.length > 0) {
      throw new Error(`the pages complained:\n${unexpected.join('\n')}`)
    }
  }

  /** Keeps what shows why a test failed: pictures, traces, complaints and the ends of the logs. */
  async keep(folder: string): Promise<void> {
    mkdirSync(folder, { recursive: true })
    await Promise.all(
      this.pages
        .filter((page) => !page.isClosed())
        .map((page, n) => page.screenshot({ path: join(folder, `page-${n + 1}.png`), timeout: 10_000 }).catch(ignore)),
    )
    await Promise.all(
      this.contexts.map((context, n) =>
        context.tracing.stop({ path: join(folder, `trace-${n + 1}.zip`) }).catch(ignore),
      ),
    )
    writeFileSync(join(folder, 'console.txt'), this.complaints.join('\n'))
    for (const part of ['api', 'worker']) {
      const log = readFileSync(join(this.parts.facts.home, 'data', 'logs', `${part}.log`), 'utf8')
      writeFileSync(join(folder, `${part}.log`), log.split('\n').slice(-200).join('\n'))
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.contexts.map((context) => context.close()))
  }
}

/** While a failed test is taken down, its own error is the one to report. */
function ignore(): void {
  // nothing more can be kept of this page
}

/** Signs a window in without its form, as the form does: the cookies are the browser's. */
export async function signIn(page: Page, person: Pick<Person, 'url' | 'email' | 'password'>): Promise<void> {
  const answer = await page.context().request.post(`${person.url}/api/v1/auth/login`, {
    headers: { Origin: person.url },
    data: { email: person.email, password: person.password },
  })
  if (!answer.ok()) {
    throw new Error(`sign in of ${person.email}: ${answer.status()} ${await answer.text()}`)
  }
}
