import { expect } from 'vitest'

import { drop, openTray, trayRow } from './kit/gestures'
import { story, withBrowser } from './kit/story'

withBrowser()

story('Of three dropped files one is infected and one broken', async ({ user, stack }) => {
  const { page } = await user()
  await page.goto('/')
  await page.getByRole('heading', { name: 'No photos yet' }).waitFor()
  // Held back, so that the step can be seen while it runs.
  await stack.scanner('held')
  await drop(
    page,
    page.getByRole('main'),
    ['photo-1.jpg', 'infected.jpg', 'broken.jpg'].map((name) => stack.sample(name)),
  )
  const tray = await openTray(page)
  await trayRow(tray, 'photo-1.jpg', 'step 1 of 6: scanning for viruses').waitFor()
  const steps = tray.getByRole('list', { name: 'Steps of photo-1.jpg' }).getByRole('listitem')
  await steps.filter({ hasText: 'Virus scan: under way' }).waitFor()
  expect(await steps.count()).toBe(6)
  await tray.getByText('it is safe to close this tab').waitFor()

  await stack.scanner('open')
  await trayRow(tray, 'photo-1.jpg', /Done: .* smaller/).waitFor()
  await trayRow(tray, 'infected.jpg', /Rejected: it contains a virus \(.*EICAR/i).waitFor()
  await trayRow(tray, 'broken.jpg', 'Rejected: the picture is damaged or not all there').waitFor()
  // What was taken is on the page by itself, and nothing of what was not.
  const photos = page.getByRole('grid', { name: 'Photos' })
  await photos.getByRole('gridcell', { name: 'photo-1.jpg' }).waitFor()
  expect(await photos.getByRole('gridcell').count()).toBe(1)
  await photos.getByRole('img', { name: 'photo-1.jpg' }).evaluate(async (image: HTMLImageElement) => image.decode())
})

story(
  'The same bytes again are a duplicate, and what is no picture is refused before it is sent',
  async ({ user, stack }) => {
    const { page, person } = await user()
    await person.store(stack.sample('photo-2.jpg'), { name: 'first.jpg' })
    await page.goto('/')
    const cell = page.getByRole('gridcell', { name: 'first.jpg' })
    await cell.waitFor()
    await drop(page, page.getByRole('main'), [stack.sample('photo-2.jpg'), stack.sample('text.jpg')])
    const tray = await openTray(page)
    await trayRow(tray, 'photo-2.jpg', 'You have this photo already. Nothing was stored twice.').waitFor()
    await trayRow(tray, 'text.jpg', 'text.jpg is not a picture that is taken here').waitFor()
    await tray.getByRole('link', { name: 'Show photo-2.jpg' }).click()
    await page.getByRole('heading', { name: 'first.jpg' }).waitFor()
  },
)
