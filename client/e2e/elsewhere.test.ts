import { expect } from 'vitest'

import { elsewhere } from './kit/elsewhere'
import { drop, openTray, trayRow } from './kit/gestures'
import { Person } from './kit/person'
import { story, withBrowser } from './kit/story'

withBrowser()

story(
  'The app works from another origin of the site, and nobody else can use its session',
  async ({ visitor, windows, stack }) => {
    const { web, api, local, close } = await elsewhere(stack)
    try {
      const person = await Person.register(local)
      const page = await visitor({ baseURL: web })
      await page.goto('/')
      await page.getByRole('textbox', { name: 'E-mail address' }).fill(person.email)
      await page.getByLabel(/^Password/).fill(person.password)
      await page.getByRole('button', { name: 'Sign in' }).click()
      await page.getByRole('heading', { name: 'No photos yet' }).waitFor()
      expect(new URL(page.url()).origin).toBe(web)

      // By tus, with the event stream telling how far it is, and pictures from the other origin.
      await drop(page, page.getByRole('main'), [stack.sample('photo-1.jpg')])
      const tray = await openTray(page)
      await trayRow(tray, 'photo-1.jpg', /Done: .* smaller/).waitFor()
      const photo = page.getByRole('grid', { name: 'Photos' }).locator('img') // not what stands for it until it is loaded
      await photo.waitFor()
      await photo.evaluate(async (image: HTMLImageElement) => image.decode())
      expect(new URL((await photo.getAttribute('src')) ?? '').origin).toBe(api)

      // The cookies are the API's own, out of reach of the page, and survive a reload.
      expect(await page.evaluate(() => document.cookie)).toBe('')
      await page.reload()
      await photo.waitFor()

      // A page that is not of a configured origin reads nothing, though the browser sends it the cookies of its site.
      windows.expect(/blocked by CORS policy|Failed to load resource|net::ERR_FAILED/)
      const stranger = await page.context().newPage()
      await stranger.route('**/stranger', (route) => route.fulfill({ contentType: 'text/html', body: 'a neighbour' }))
      await stranger.goto('http://blog.safelight.localhost:9/stranger')
      const read = await stranger.evaluate(
        (url) =>
          fetch(url, { credentials: 'include' }).then(
            () => 'read',
            () => 'refused',
          ),
        `${api}/api/v1/me`,
      )
      expect(read).toBe('refused')
    } finally {
      await close()
    }
  },
)
