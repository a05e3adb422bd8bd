import { expect } from 'vitest'

import { drop, openTray, trayRow } from './kit/gestures'
import { story, withBrowser } from './kit/story'

withBrowser()

story('A new version is dropped on a photo, compared, and the old one brought back', async ({ user, stack }) => {
  const { page, person } = await user()
  const { fileId } = await person.store(stack.sample('photo-6.jpg'), { name: 'garden.jpg' })
  await page.goto(`/files/${fileId ?? ''}`)
  await page.getByRole('heading', { name: 'garden.jpg' }).waitFor()
  await drop(page, page.getByRole('img', { name: /garden\.jpg/ }).first(), [stack.sample('photo-7.jpg')])
  await trayRow(await openTray(page), 'photo-7.jpg', 'Done: it is version 2 now').waitFor()
  await page.getByRole('button', { name: 'Minimise the uploads' }).click()

  await page.getByRole('button', { name: 'Compare version 1 with the current one' }).click()
  const slider = page.getByRole('slider', { name: 'How much of the older version is shown' })
  await slider.focus()
  const before = Number(await slider.inputValue())
  await page.keyboard.press('ArrowRight')
  expect(Number(await slider.inputValue())).toBeGreaterThan(before)
  for (const number of [1, 2]) {
    const picture = page.getByRole('img', { name: `Version ${number} of garden.jpg` })
    await picture.evaluate(async (image: HTMLImageElement) => image.decode())
  }

  await page.getByRole('button', { name: 'Actions for version 1' }).click()
  await page.getByRole('menuitem', { name: 'Restore' }).click()
  await page.getByText('Version 1 is current again.').waitFor()
  await page.getByText('Brought back from version 1').waitFor()
  const file = await person.call<{ currentVersion: number; versionCount: number }>('GET', `/files/${fileId ?? ''}`)
  expect(file).toMatchObject({ currentVersion: 3, versionCount: 3 })
})
