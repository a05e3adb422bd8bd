import { expect } from 'vitest'

import { until } from './kit/parts'
import { Person } from './kit/person'
import { story, withBrowser } from './kit/story'

withBrowser()

story('A suspended user is signed out where they are, and can come back', async ({ admin, user, windows }) => {
  const { page: theirs, person } = await user()
  await theirs.goto('/')
  await theirs.getByRole('heading', { name: 'No photos yet' }).waitFor()
  windows.expect(/status of 40[13] /) // what their page asks for from now on
  const { page } = await admin()
  await page.goto(`/admin/users?q=${encodeURIComponent(person.email)}`)
  const actions = page.getByRole('button', { name: `Actions for ${person.name}` })
  await actions.click()
  await page.getByRole('menuitem', { name: 'Suspend' }).click()
  await page.getByText(`${person.name} is suspended and shut out until you activate the account again.`).waitFor()
  await theirs.getByText('This account is suspended').waitFor()

  await actions.click()
  await page.getByRole('menuitem', { name: 'Activate' }).click()
  await page.getByText(`${person.name} can sign in again.`).waitFor()
  // The session is not ended by it: the same window goes on.
  await theirs.goto('/')
  await theirs.getByRole('heading', { name: 'No photos yet' }).waitFor()
})

story('A user is made, sets a password by the link, and is reset', async ({ admin, visitor, windows }) => {
  const { page } = await admin()
  const email = Person.freshEmail()
  await page.goto('/admin/users')
  await page.getByRole('button', { name: 'Add a user' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('textbox', { name: 'E-mail address' }).fill(email)
  await dialog.getByRole('textbox', { name: 'Name' }).fill('Mary Somerville')
  await dialog.getByRole('button', { name: 'Make the account' }).click()
  const first = await dialog.getByRole('textbox', { name: 'Link' }).inputValue()
  await dialog.getByRole('button', { name: 'Done' }).click()

  const setPassword = async (link: string, password: string) => {
    const theirs = await visitor()
    await theirs.goto(link)
    await theirs.getByLabel(/^New password/).fill(password)
    await theirs.getByRole('button', { name: 'Set password' }).click()
    await theirs.getByText('The new password is set').waitFor()
    expect(theirs.url()).not.toContain('token')
    await theirs.getByRole('textbox', { name: 'E-mail address' }).fill(email)
    await theirs.getByLabel(/^Password/).fill(password)
    await theirs.getByRole('button', { name: 'Sign in' }).click()
    await theirs.getByRole('heading', { name: 'No photos yet' }).waitFor()
    return theirs
  }
  const before = await setPassword(first, 'a lens ground by hand')

  await page.goto(`/admin/users?q=${encodeURIComponent(email)}`)
  await page.getByRole('button', { name: 'Actions for Mary Somerville' }).click()
  await page.getByRole('menuitem', { name: 'Reset link' }).click()
  await dialog.getByRole('button', { name: 'Make the link' }).click()
  const second = await dialog.getByRole('textbox', { name: 'Link' }).inputValue()
  windows.expect(/status of 401 .*\/events\)$/)
  await setPassword(second, 'another lens, ground by hand')
  await before.getByRole('dialog', { name: 'Sign in again' }).waitFor()
})

story('A false positive is released from quarantine', async ({ admin, stack }) => {
  const person = await Person.register(stack.url)
  const name = `no virus at all ${Date.now()}.jpg`
  expect(await person.store(stack.sample('infected.jpg'), { name })).toMatchObject({ state: 'rejected' })
  const { page, person: boss } = await admin()
  await page.goto('/admin/quarantine')
  const row = page.getByRole('row').filter({ hasText: name })
  await row.getByRole('button', { name: /Release/ }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('textbox', { name: 'Why is the scanner wrong?' }).fill('Known false positive')
  await dialog.getByLabel(/^Your password/).fill(boss.password)
  await dialog.getByRole('button', { name: 'Release it' }).click()
  await page.getByText('is on its way through the steps again').waitFor()
  await until('the owner has the photo', async () => {
    const { items } = await person.call<{ items: { name: string }[] }>('GET', '/files')
    return items.some((file) => file.name === name) ? true : undefined
  })
})

story('Everything that is stalled is retried at once', async ({ admin, stack }) => {
  const person = await Person.register(stack.url)
  await stack.scanner('shut')
  const ids: string[] = []
  for (const n of [1, 2]) {
    const { id } = await person.send(stack.sample(`photo-${n}.jpg`), { name: `stuck ${n}.jpg` })
    await person.follow(id, ({ steps }) => steps.some(({ name, state }) => name === 'scan' && state === 'retrying'))
    ids.push(id)
  }
  const back = ids.map((id) => stack.takeAway(id))
  await stack.scanner('open')
  for (const id of ids) {
    await person.follow(id, ({ state }) => state === 'stalled')
  }
  const { page } = await admin()
  await page.goto(`/admin/uploads?state=stalled&ownerId=${person.id}`)
  for (const n of [1, 2]) {
    await page
      .getByRole('row')
      .filter({ hasText: `stuck ${n}.jpg` })
      .filter({ hasText: 'Bytes are gone' })
      .waitFor()
  }
  back.forEach((bring) => bring())
  await page.getByRole('button', { name: 'Retry all stalled' }).click()
  await page.getByRole('dialog').getByRole('button', { name: /Retry/ }).click()
  await page.getByText('2 uploads take their step up again.').waitFor()
  for (const id of ids) {
    await person.follow(id, ({ state }) => state === 'done')
  }
})
