import { screen, waitFor } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { createMemoryRouter, Outlet } from 'react-router'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'

import auth from '../features/auth/messages/en'
import { fakeFetch, json, pathOf, problem } from '../testing/http'
import { installLocks, removeLocks } from '../testing/locks'
import { renderRouter, testClient } from '../testing/render'
import { createRouter } from './router'

const ada = { id: 'u-1', email: 'ada@example.org', name: 'Ada', role: 'user', status: 'active' }

const loaded: string[] = []
vi.mock('./Shell', () => {
  loaded.push('Shell')
  return { Shell: Outlet }
})
vi.mock('../features/files/FilesPage', () => {
  loaded.push('FilesPage')
  return { FilesPage: () => <h1>Photos</h1>, askForFiles: () => () => null }
})

/** Whether the browser's cookies are those of a session. */
let session: boolean

function answer(request: Request): Response {
  switch (pathOf(request)) {
    case '/api/v1/config':
      return json(200, { registrationOpen: true, fresh: false })
    case '/api/v1/auth/login':
      return json(200, { user: ada, accessToken: 'a', expiresIn: 900 })
    default:
      return session ? json(200, ada) : problem(401, 'unauthenticated')
  }
}

async function open(path: string) {
  const client = testClient()
  const router = createRouter(client, (routes) => createMemoryRouter(routes, { initialEntries: [path] }))
  await renderRouter(router, { messages: { auth }, client })
  return router
}

beforeEach(() => {
  localStorage.clear()
  installLocks()
  fakeFetch(answer)
})

afterEach(() => {
  vi.unstubAllGlobals()
  removeLocks()
})

it('leads strangers to the sign-in page without loading another, and then to where they wanted', async () => {
  session = false
  const router = await open('/?q=cat')
  await screen.findByLabelText(auth.email)
  expect(router.state.location).toMatchObject({ pathname: '/login', state: { from: '/?q=cat' } })
  expect(loaded).toEqual([])

  // It never ends: the one to the sign-in page takes its place.
  void router.navigate('/uploads')
  await waitFor(() => {
    expect(router.state.location, 'the next time, too').toMatchObject({
      pathname: '/login',
      state: { from: '/uploads' },
    })
  })

  session = true
  await router.navigate('/login', { state: { from: '/?q=cat' } })
  const user = userEvent.setup()
  await user.type(screen.getByLabelText(auth.email), 'ada@example.org')
  await user.type(screen.getByLabelText(auth.password), 'correct horse{Enter}')
  await screen.findByRole('heading', { name: 'Photos' })
  expect(router.state.location).toMatchObject({ pathname: '/', search: '?q=cat' })
})

it('lets in whom the server knows though this browser remembers nobody', async () => {
  session = true
  await open('/')
  await screen.findByRole('heading', { name: 'Photos' })
})
