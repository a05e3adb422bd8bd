import { story, withBrowser } from './kit/story'

withBrowser()

story('A photo is trashed, brought back by undo, trashed again and restored', async ({ user, stack }) => {
  const { page, person } = await user()
  await person.store(stack.sample('photo-1.jpg'), { name: 'meadow.jpg' })
  await person.store(stack.sample('photo-2.jpg'), { name: 'harbour.jpg' })
  await page.goto('/')
  const meadow = page.getByRole('gridcell', { name: 'meadow.jpg' })
  await meadow.getByRole('checkbox').check()
  await page.getByRole('toolbar', { name: 'Selection' }).getByRole('button', { name: 'Move to trash' }).click()
  await meadow.waitFor({ state: 'detached' })
  await page
    .getByRole('status')
    .filter({ hasText: 'Moved to the trash.' })
    .getByRole('button', { name: 'Undo' })
    .click()
  await meadow.waitFor()

  // The same by keyboard alone.
  await meadow.focus()
  await page.keyboard.press('Delete')
  await meadow.waitFor({ state: 'detached' })
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Trash' }).click()
  await page.getByRole('heading', { name: 'Trash' }).waitFor()
  await meadow.getByRole('checkbox').check()
  await page.getByRole('button', { name: 'Restore', exact: true }).click()
  await page.getByRole('heading', { name: 'The trash is empty' }).waitFor()
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Photos' }).click()
  await meadow.waitFor()
  await page.getByRole('gridcell', { name: 'harbour.jpg' }).waitFor()
})
