import { expect } from 'vitest'

import { story, withBrowser } from './kit/story'

withBrowser()

story('A shared link opens in a private window, with its password', async ({ user, visitor, stack, windows }) => {
  const { page, person } = await user()
  await person.store(stack.sample('photo-5.jpg'), { name: 'for grandma.jpg' })
  await page.goto('/')
  await page.getByRole('gridcell', { name: 'for grandma.jpg' }).getByRole('checkbox').check()
  await page.getByRole('toolbar', { name: 'Selection' }).getByRole('button', { name: 'Share' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Password (optional)').fill('the old lighthouse')
  await dialog.getByRole('button', { name: 'Make the link' }).click()
  const link = await dialog.getByRole('textbox', { name: 'Link to for grandma.jpg' }).inputValue()

  const stranger = await visitor()
  await stranger.goto(link)
  windows.expect(/status of 403/)
  await stranger.getByLabel(/password/i).fill('the new lighthouse')
  await stranger.getByRole('button').click()
  await stranger.getByRole('alert').filter({ hasText: 'That is not the password.' }).waitFor()
  await stranger.getByLabel(/password/i).fill('the old lighthouse')
  await stranger.getByRole('button').click()
  const picture = stranger.getByRole('img', { name: 'for grandma.jpg' })
  await picture.evaluate(async (image: HTMLImageElement) => image.decode())
  // The link leads to this one picture and no further.
  await stranger.goto('/')
  await stranger.getByRole('heading', { name: 'Sign in' }).waitFor()
  expect(new URL(stranger.url()).pathname).toBe('/login')
})
