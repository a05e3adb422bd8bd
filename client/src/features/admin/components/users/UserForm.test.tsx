import { fireEvent, screen, waitFor } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { beforeEach, describe, expect, it, vi } from 'vitest'

import { renderApp } from '../../../../testing/render'
import { answering } from '../../fakeApi'
import admin from '../../messages/en'
import { someUser } from '../../testing'
import { AddUserDialog } from './AddUserDialog'
import { DeleteUserDialog } from './DeleteUserDialog'
import { EditUserDialog } from './EditUserDialog'
import { bytesOf, changesOf, formOf, wholeOf } from './userForm'

// At once: a slow machine takes seconds for as many keys.
const fill = (field: HTMLElement, value: string) => fireEvent.change(field, { target: { value } })
const patient = { timeout: 20_000 }
vi.setConfig({ testTimeout: 30_000 })

const onClose = vi.fn()
const problem = (status: number, code: string) => ({
  title: 'x',
  status,
  detail: 'x',
  code,
  type: 'about:blank',
  requestId: 'r',
})
beforeEach(() => onClose.mockClear())

describe('what is typed', () => {
  it('is gigabytes, and becomes bytes', () => {
    expect(bytesOf('2.5')).toBe(2_500_000_000)
    expect(bytesOf(0)).toBe(0)
    expect(bytesOf('')).toBeUndefined()
    expect(bytesOf('-1')).toBeNull()
    expect(bytesOf(9_999_999_999)).toBeNull()
    expect(wholeOf(1.5)).toBeNull()
  })

  it('is sent only where it differs', () => {
    const user = someUser({ quotaBytes: 10_737_418_240 })
    expect(changesOf(user, formOf(user))).toEqual({})
    expect(changesOf(user, { ...formOf(user), name: ' Ada L. ', quotaFiles: 5 })).toEqual({
      name: 'Ada L.',
      quotaFiles: 5,
    })
  })
})

describe('the user form', () => {
  it('tells all faults beside their fields and sends nothing', async () => {
    const asked = answering(201, {})
    await renderApp(<AddUserDialog onClose={onClose} />, { messages: { admin } })
    fill(screen.getByLabelText(/E-mail address/), 'ada')
    await userEvent.click(screen.getByRole('button', { name: 'Make the account' }))
    expect(screen.getByText('This is not an e-mail address.')).toBeTruthy()
    expect(screen.getByText('Give a name.')).toBeTruthy()
    expect(asked).toHaveLength(0)
  })

  it('makes an account with what everybody gets, and shows its link once', async () => {
    const asked = answering(201, {
      ...someUser(),
      resetUrl: 'https://x.test/reset#token=t',
      resetExpiresAt: '2026-05-04T11:00:00Z',
    })
    await renderApp(<AddUserDialog onClose={onClose} />, { messages: { admin } })
    fill(screen.getByLabelText(/E-mail address/), 'ada@example.org')
    fill(screen.getByLabelText(/^Name/), 'Ada')
    await userEvent.click(screen.getByRole('button', { name: 'Make the account' }))
    expect((await screen.findByLabelText<HTMLInputElement>('Link', {}, patient)).value).toBe(
      'https://x.test/reset#token=t',
    )
    expect(asked[0]?.body).toEqual({ email: 'ada@example.org', name: 'Ada', role: 'user' })
  })

  it('says that an address is taken beside the address', async () => {
    answering(409, problem(409, 'email_taken'))
    await renderApp(<AddUserDialog onClose={onClose} />, { messages: { admin } })
    fill(screen.getByLabelText(/E-mail address/), 'ada@example.org')
    fill(screen.getByLabelText(/^Name/), 'Ada')
    await userEvent.click(screen.getByRole('button', { name: 'Make the account' }))
    expect(await screen.findByText('There is an account with this address already.', {}, patient)).toBeTruthy()
    expect(screen.queryByRole('alert')).toBeNull()
  })

  it('changes gigabytes and sends nothing else', async () => {
    const asked = answering(200, someUser())
    await renderApp(<EditUserDialog user={someUser()} onClose={onClose} />, { messages: { admin } })
    const gb = screen.getByLabelText(/Space in GB/)
    fill(gb, '2.5')
    await userEvent.click(screen.getByRole('button', { name: 'Save' }))
    await waitFor(() => expect(onClose).toHaveBeenCalledOnce(), patient)
    expect(asked.find(({ method }) => method === 'PATCH')?.body).toEqual({ quotaBytes: 2_500_000_000 })
  })

  it('says what to do about the last administrator', async () => {
    answering(409, problem(409, 'last_admin'))
    await renderApp(<EditUserDialog user={someUser({ role: 'admin' })} onClose={onClose} />, { messages: { admin } })
    fill(screen.getByLabelText(/^Name/), 'Ada!')
    await userEvent.click(screen.getByRole('button', { name: 'Save' }))
    expect((await screen.findByRole('alert', {}, patient)).textContent).toContain(
      'make another person an administrator first',
    )
    expect(onClose).not.toHaveBeenCalled()
  })

  it('deletes an account only once its address has been typed', async () => {
    const asked = answering(200, {})
    await renderApp(<DeleteUserDialog user={someUser()} onClose={onClose} />, { messages: { admin } })
    const button = screen.getByRole<HTMLButtonElement>('button', { name: 'Delete account' })
    expect(button.disabled).toBe(true)
    fill(screen.getByLabelText(/Type ada@example.org/), 'ada@example.com')
    expect(button.disabled).toBe(true)
    fill(screen.getByLabelText(/Type ada@example.org/), 'ada@example.org')
    await userEvent.click(button)
    await waitFor(() => expect(onClose).toHaveBeenCalledOnce(), patient)
    expect(asked[0]?.method).toBe('DELETE')
  })
})
