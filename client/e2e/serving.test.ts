import { expect } from 'vitest'

import { story, withBrowser } from './kit/story'

withBrowser()

story('The page comes under its policy and runs without a complaint', async ({ visitor, windows, stack }) => {
  const page = await visitor()
  const answer = await page.goto('/')
  expect(answer?.status()).toBe(200)
  const policy = (await answer?.headerValue('content-security-policy')) ?? ''
  expect(policy).toContain("default-src 'none'")
  expect(policy).toContain("script-src 'self';")
  expect(await answer?.headerValue('cache-control')).toBe('no-cache')
  await page.getByRole('textbox', { name: 'E-mail' }).waitFor()
  expect(await page.title()).toContain('Safelight')

  // Everything that the page loads is this server's own.
  const origins = await page.evaluate(() => performance.getEntriesByType('resource').map((e) => new URL(e.name).origin))
  expect(new Set(origins)).toEqual(new Set([new URL(stack.url).origin]))
  // The policy is enforced: a script that somebody gets into the page does not run.
  windows.expect(/violates the following Content Security Policy directive/)
  const ran = await page.evaluate(() => {
    const script = document.createElement('script')
    script.textContent = 'window.ran = true'
    const refused = new Promise((done) => document.addEventListener('securitypolicyviolation', () => done('refused')))
    document.body.append(script)
    return 'ran' in window ? 'ran' : refused
  })
  expect(ran).toBe('refused')
})

story('An address that is not there shows the page that says so', async ({ visitor }) => {
  const page = await visitor()
  const answer = await page.goto('/no/such/page')
  expect(answer?.status()).toBe(200)
  await page.getByRole('heading', { name: 'There is no such page' }).waitFor()
  await page.getByRole('link', { name: 'To your photos' }).click()
  await page.waitForURL((url) => url.pathname !== '/no/such/page')
})

/** What the first page may cost, in bytes of compressed script. */
const scriptBudget = 200_000

for (const path of ['/login', '/']) {
  story(`Who comes to ${path} for the first time loads little script, all of it compressed`, async ({ visitor }) => {
    const page = await visitor()
    await page.goto(path)
    await page.getByRole('textbox', { name: 'E-mail' }).waitFor()
    const scripts = await page.evaluate(() =>
      (performance.getEntriesByType('resource') as PerformanceResourceTiming[])
        .filter(({ name }) => name.endsWith('.js'))
        .map(({ name, encodedBodySize, decodedBodySize }) => ({ name, sent: encodedBodySize, size: decodedBodySize })),
    )
    expect(scripts.length).toBeGreaterThan(0)
    expect(scripts.filter(({ sent, size }) => size > 4096 && sent >= size)).toEqual([])
    const total = scripts.reduce((sum, { sent }) => sum + sent, 0)
    expect(total, JSON.stringify(scripts, null, 2)).toBeLessThan(scriptBudget)
    // Many small ones would each cost a way there and back.
    expect(scripts.length, JSON.stringify(scripts, null, 2)).toBeLessThan(10)
  })
}
