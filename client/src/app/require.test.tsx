import { act, fireEvent, screen, waitFor } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { useQuery } from '@tanstack/react-query'
import { createMemoryRouter } from 'react-router'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'

import auth from '../features/auth/messages/en'
import { LoginPage } from '../features/auth/LoginPage'
import { api } from '../lib/api/api'
import { unwrap } from '../lib/api/client'
import common from '../lib/i18n/messages/en'
import { useEnding } from '../lib/session/session'
import { onTabNews, type TabNews, tellTabs } from '../lib/session/tabs'
import { fakeFetch, json, pathOf, problem } from '../testing/http'
import { installLocks, removeLocks } from '../testing/locks'
import { renderRouter } from '../testing/render'
import { RequireNobody, RequireUser } from './require'

const ada = { id: 'u-1', email: 'ada@example.org', name: 'Ada', role: 'user', status: 'active' }
const config = { registrationOpen: true, fresh: false }

/** A server with one account, of which a test decides how its session stands. */
let server: 'in' | 'ended' | 'suspended'
let password: string

function answer(request: Request): Response | Promise<Response> {
  const path = pathOf(request)
  if (path === '/api/v1/config') {
    return json(200, config)
  }
  if (path === '/api/v1/auth/login') {
    return request.json().then((body: { password: string }) => {
      if (body.password !== password) {
        return problem(401, 'invalid_credentials')
      }
      server = 'in'
      return json(200, { user: ada, accessToken: 'a', expiresIn: 900 })
    })
  }
  if (server === 'suspended') {
    return problem(403, 'account_suspended')
  }
  if (server === 'ended') {
    return problem(401, 'unauthenticated')
  }
  return path === '/api/v1/me' ? json(200, ada) : json(200, { items: [{ id: 'n' }], nextCursor: null })
}

/** A page on which something is written, and which asks the server. */
function Page() {
  const { data, refetch } = useQuery({
    queryKey: ['things'],
    queryFn: () => unwrap(api.GET('/api/v1/notifications')),
    enabled: false,
  })
  return (
    <>
      <textarea aria-label="draft" />
      <button onClick={() => void refetch()}>ask</button>
      <p>{data === undefined ? 'nothing yet' : `${data.items.length} things`}</p>
    </>
  )
}

async function open() {
  const router = createMemoryRouter([
    { element: <RequireUser />, children: [{ path: '/', element: <Page /> }] },
    { element: <RequireNobody />, children: [{ path: '/login', element: <LoginPage /> }] },
  ])
  await renderRouter(router, { messages: { auth } })
  return router
}

beforeEach(() => {
  localStorage.clear()
  installLocks()
  useEnding.setState({ why: null })
  server = 'in'
  password = 'correct horse'
})

afterEach(() => {
  vi.unstubAllGlobals()
  removeLocks()
})

it('asks for the password above the page, which keeps what was written, and then goes on', async () => {
  fakeFetch(answer)
  const user = userEvent.setup()
  await open()
  const draft = await screen.findByLabelText<HTMLTextAreaElement>('draft')
  await user.type(draft, 'half a sentence')

  server = 'ended'
  fireEvent.click(screen.getByText('ask'))
  const field = await screen.findByLabelText<HTMLInputElement>(auth.password)
  expect(screen.getByText('Signed in as ada@example.org')).toBeTruthy()
  expect(screen.getByLabelText<HTMLTextAreaElement>('draft')).toBe(draft)

  await user.type(field, 'wrong{Enter}')
  await waitFor(() => {
    expect(field.getAttribute('aria-invalid')).toBe('true')
  })
  expect(document.activeElement, 'where the fault is').toBe(field)
  expect(screen.getByText(common.problem.wrong_password)).toBeTruthy()

  const news: TabNews[] = []
  const stop = onTabNews((one) => news.push(one))
  await user.clear(field)
  await user.type(field, 'correct horse{Enter}')
  await screen.findByText('1 things')
  expect(screen.queryByLabelText(auth.password)).toBeNull()
  expect(draft.value).toBe('half a sentence')
  await waitFor(() => {
    expect(news).toEqual([{ type: 'signed-in', userId: 'u-1' }])
  })
  stop()
})

it('goes on by itself when the person signs in again in another tab', async () => {
  fakeFetch(answer)
  await open()
  await screen.findByLabelText('draft')
  server = 'ended'
  fireEvent.click(screen.getByText('ask'))
  await screen.findByLabelText(auth.password)
  server = 'in'
  act(() => tellTabs({ type: 'signed-in', userId: 'u-1' }))
  await screen.findByText('1 things')
  expect(screen.queryByLabelText(auth.password)).toBeNull()
})

it('signs out who is suspended, and says so on the sign-in page', async () => {
  fakeFetch(answer)
  const router = await open()
  await screen.findByLabelText('draft')
  server = 'suspended'
  fireEvent.click(screen.getByText('ask'))
  await screen.findByText(auth.suspended.title)
  expect(router.state.location.pathname).toBe('/login')
  expect(screen.queryByLabelText('draft')).toBeNull()
})

it('says it, too, to who opens the page while suspended', async () => {
  fakeFetch(answer)
  server = 'suspended'
  await open()
  await screen.findByText(auth.suspended.title)
})

it('leaves when another tab signs out, and comes back to the same page', async () => {
  fakeFetch(answer)
  const router = await open()
  await screen.findByLabelText('draft')
  server = 'ended'
  act(() => tellTabs({ type: 'signed-out' }))
  const email = await screen.findByLabelText(auth.email)
  expect(router.state.location.state).toEqual({ from: '/' })
  const user = userEvent.setup()
  await user.type(email, 'ada@example.org')
  await user.type(screen.getByLabelText(auth.password), 'correct horse{Enter}')
  await screen.findByLabelText('draft')
})
