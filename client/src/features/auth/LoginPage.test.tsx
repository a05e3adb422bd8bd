import { screen, waitFor } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { afterEach, describe, expect, it, vi } from 'vitest'

import common from '../../lib/i18n/messages/en'
import { fakeFetch, json, pathOf, problem } from '../../testing/http'
import { renderApp } from '../../testing/render'
import { LoginPage } from './LoginPage'
import messages from './messages/en'
import { RegisterPage } from './RegisterPage'
import { ResetPage } from './ResetPage'

interface Server {
  readonly config?: Readonly<Record<string, unknown>>
  readonly answer?: (request: Request) => Response | Promise<Response>
}

function serve({ config = {}, answer = () => problem(500, 'internal') }: Server = {}) {
  return fakeFetch((request) =>
    pathOf(request) === '/api/v1/config'
      ? json(200, { registrationOpen: true, fresh: false, ...config })
      : answer(request),
  )
}

const options = { messages: { auth: messages } }

afterEach(() => {
  vi.unstubAllGlobals()
})

describe('the sign-in page', () => {
  it('can be filled in by password managers', async () => {
    serve()
    await renderApp(<LoginPage />, options)
    expect(screen.getByLabelText(messages.email).getAttribute('autocomplete')).toBe('username')
    expect(screen.getByLabelText(messages.password).getAttribute('autocomplete')).toBe('current-password')
  })

  it('does not ask the server with a field empty, and goes to the first of them', async () => {
    const asked = serve()
    await renderApp(<LoginPage />, options)
    await userEvent.click(screen.getByRole('button', { name: messages.signIn.submit }))
    expect(await screen.findByText(messages.emailMissing)).toBeTruthy()
    expect(document.activeElement).toBe(screen.getByLabelText(messages.email))
    expect(asked.some((request) => request.method === 'POST')).toBe(false)
  })

  it('counts down when there were too many tries', async () => {
    serve({ answer: () => problem(429, 'rate_limited', { headers: { 'Retry-After': '40' } }) })
    await renderApp(<LoginPage />, options)
    const user = userEvent.setup()
    await user.type(screen.getByLabelText(messages.email), 'ada@example.org')
    await user.type(screen.getByLabelText(messages.password), 'wrong{Enter}')
    expect(await screen.findByText('Try again in 40 sec.')).toBeTruthy()
    const button = screen.getByRole<HTMLButtonElement>('button', { name: /Sign in \(\d+ sec\)/ })
    expect(button.disabled).toBe(true)
  })

  it('keeps the address after a wrong password', async () => {
    serve({ answer: () => problem(401, 'invalid_credentials') })
    await renderApp(<LoginPage />, options)
    const user = userEvent.setup()
    const email = screen.getByLabelText<HTMLInputElement>(messages.email)
    await user.type(email, 'ada@example.org')
    await user.type(screen.getByLabelText(messages.password), 'wrong{Enter}')
    expect(await screen.findByText(common.problem.invalid_credentials)).toBeTruthy()
    expect(email.value).toBe('ada@example.org')
    expect(document.activeElement).toBe(screen.getByLabelText(messages.password))
  })

  it.each([
    [true, 1],
    [false, 0],
  ])('tells where the administrator of a new system comes from (%s)', async (fresh, times) => {
    serve({ config: { fresh } })
    await renderApp(<LoginPage />, options)
    await screen.findByText(messages.signIn.register)
    expect(screen.queryAllByText(/safelight admin create/)).toHaveLength(times)
  })

  it('says when Caps Lock is on', async () => {
    serve()
    await renderApp(<LoginPage />, options)
    const user = userEvent.setup()
    await user.click(screen.getByLabelText(messages.password))
    await user.keyboard('{CapsLock}a')
    expect(await screen.findByText(common.password.capsLock)).toBeTruthy()
  })
})

describe('the registration', () => {
  it('is a sentence where it is closed', async () => {
    serve({ config: { registrationOpen: false } })
    await renderApp(<RegisterPage />, options)
    expect(await screen.findByText(messages.register.closedTitle)).toBeTruthy()
    expect(screen.queryByLabelText(messages.password)).toBeNull()
  })

  it('tells the rules before they fail, and ours where the server refuses', async () => {
    const asked = serve({
      answer: () => problem(422, 'validation_failed', { errors: [{ location: 'body.password', message: 'weak' }] }),
    })
    await renderApp(<RegisterPage />, options)
    const user = userEvent.setup()
    expect(screen.getByText(common.password.rules)).toBeTruthy()
    await user.type(screen.getByLabelText(messages.name), 'Ada')
    await user.type(screen.getByLabelText(messages.email), 'ada@example.org')
    const password = screen.getByLabelText(messages.password)
    await user.type(password, 'short{Enter}')
    expect(await screen.findByText(common.password.tooShort)).toBeTruthy()
    expect(asked.some((request) => request.method === 'POST')).toBe(false)
    await user.clear(password)
    await user.type(password, 'password123{Enter}')
    expect(await screen.findByText(common.password.common)).toBeTruthy()
    expect(document.activeElement).toBe(password)
  })
})

describe('the reset link', () => {
  it('uses the token of the fragment and takes it out of the address', async () => {
    const sent: unknown[] = []
    serve({
      answer: async (request) => {
        sent.push(await request.json())
        return new Response(null, { status: 204 })
      },
    })
    const { router } = await renderApp(<ResetPage />, { ...options, path: '/reset#token=secret' })
    await waitFor(() => {
      expect(router.state.location.hash).toBe('')
    })
    await userEvent.type(screen.getByLabelText(messages.newPassword), 'correct horse{Enter}')
    await waitFor(() => {
      expect(sent).toEqual([{ token: 'secret', newPassword: 'correct horse' }])
    })
    await waitFor(() => {
      expect(router.state.location.pathname).toBe('/login')
    })
  })

  it('says what to do without a token', async () => {
    serve()
    await renderApp(<ResetPage />, { ...options, path: '/reset' })
    expect(screen.getByText(messages.reset.missingTitle)).toBeTruthy()
  })
})
