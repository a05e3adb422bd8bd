import { expect } from 'vitest'

import { story, withBrowser } from './kit/story'

withBrowser()

story('News arrives without a reload, in every tab', async ({ user, stack }) => {
  const { page, person } = await user()
  const other = await page.context().newPage()
  for (const tab of [page, other]) {
    await tab.goto('/')
    await tab.getByRole('button', { name: 'Notifications', exact: true }).waitFor()
  }
  await person.store(stack.sample('infected.jpg'), { name: 'holiday.jpg' })
  for (const tab of [page, other]) {
    await tab.getByRole('button', { name: 'Notifications, 1 unread' }).waitFor()
  }
  await page.getByRole('button', { name: 'Notifications, 1 unread' }).click()
  await page
    .getByText(/holiday\.jpg/)
    .first()
    .waitFor()
  await page.getByRole('button', { name: 'Mark all as read' }).click()
  for (const tab of [page, other]) {
    await tab.getByRole('button', { name: 'Notifications', exact: true }).waitFor()
  }
  const { items } = await person.call<{ items: unknown[] }>('GET', '/notifications?unread=true')
  expect(items).toEqual([])
})
