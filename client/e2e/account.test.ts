import { story, withBrowser } from './kit/story'
import { Person } from './kit/person'

withBrowser()

story('Somebody makes an account, signs out and in again', async ({ visitor, windows }) => {
  const page = await visitor()
  const email = Person.freshEmail()
  const password = 'a quiet darkroom at night'
  await page.goto('/')
  await page.getByRole('link', { name: 'Make one' }).click()
  await page.getByRole('textbox', { name: 'Your name' }).fill('Vera Rubin')
  await page.getByRole('textbox', { name: 'E-mail address' }).fill(email)
  await page.getByLabel(/^Password/).fill(password)
  await page.getByRole('button', { name: 'Make account' }).click()
  await page.getByRole('heading', { name: 'No photos yet' }).waitFor()

  await page.getByRole('button', { name: 'Account of Vera Rubin' }).click()
  await page.getByRole('menuitem', { name: 'Sign out' }).click()
  await page.getByRole('heading', { name: 'Sign in' }).waitFor()

  windows.expect(/status of 401 .*\/auth\/login\)$/)
  await page.getByRole('textbox', { name: 'E-mail address' }).fill(email)
  await page.getByLabel(/^Password/).fill('not it, I think')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByText('The e-mail address or the password is wrong').waitFor()
  await page.getByLabel(/^Password/).fill(password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('heading', { name: 'No photos yet' }).waitFor()
})
