import { drop, openTray, trayRow } from './kit/gestures'
import { story, withBrowser } from './kit/story'

withBrowser()

story('While the worker stands still the tray says that it waits', async ({ user, stack }) => {
  const { page } = await user()
  await page.goto('/')
  await page.getByRole('heading', { name: 'No photos yet' }).waitFor()
  const go = stack.stopWorker()
  await drop(page, page.getByRole('main'), [stack.sample('photo-3.jpg')])
  const tray = await openTray(page)
  await trayRow(tray, 'photo-3.jpg', /waits for its turn on the server/).waitFor()
  await tray.getByText('it is safe to close this tab').waitFor()
  go()
  await trayRow(tray, 'photo-3.jpg', /Done:/).waitFor({ timeout: 90_000 })
})

story('While the scanner is out of reach the tray says why it waits', async ({ user, stack }) => {
  const { page } = await user()
  await page.goto('/')
  await stack.scanner('shut')
  await page.getByRole('heading', { name: 'No photos yet' }).waitFor()
  await drop(page, page.getByRole('main'), [stack.sample('photo-4.jpg')])
  const tray = await openTray(page)
  await trayRow(tray, 'photo-4.jpg', /scanning for viruses did not work \(try \d+\)\. .*scanner/i).waitFor()
  // A reload in the middle: what is known comes back from the server.
  await page.reload()
  await trayRow(await openTray(page), 'photo-4.jpg', 'It is tried again by itself').waitFor()
  await stack.scanner('open')
  await trayRow(tray, 'photo-4.jpg', /Done:/).waitFor({ timeout: 90_000 })
})
