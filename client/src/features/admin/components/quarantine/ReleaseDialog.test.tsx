import { fireEvent, screen, waitFor } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { beforeEach, describe, expect, it, vi } from 'vitest'

import { renderApp } from '../../../../testing/render'
import admin from '../../messages/en'
import { answering } from '../../fakeApi'
import { someQuarantined } from '../../testing'
import { ReleaseDialog } from './ReleaseDialog'

// At once: a slow machine takes seconds for as many keys.
const fill = (field: HTMLElement, value: string) => fireEvent.change(field, { target: { value } })
const patient = { timeout: 20_000 }
vi.setConfig({ testTimeout: 30_000 })

const onClose = vi.fn()
const item = someQuarantined()

async function open() {
  await renderApp(<ReleaseDialog item={item} onClose={onClose} />, { messages: { admin } })
  return {
    reason: screen.getByLabelText(/Why is the scanner wrong/),
    password: screen.getByLabelText(/^Your password/),
  }
}
const release = () => userEvent.click(screen.getByRole('button', { name: 'Release it' }))

beforeEach(() => onClose.mockClear())

describe('the release dialog', () => {
  it('says plainly what was found and whose it is', async () => {
    answering(202, {})
    await open()
    const said = screen.getByRole('dialog').textContent
    expect(said).toContain('Eicar-Test-Signature')
    expect(said).toContain('ada@example.org')
    expect(said).toContain('audit log')
  })

  it('asks for a reason and the password before it sends anything', async () => {
    const asked = answering(202, item)
    const { reason } = await open()
    await release()
    expect(screen.getByText('Say why, in a few words.')).toBeTruthy()
    expect(screen.getByText('Type your own password.')).toBeTruthy()
    fill(reason, '   ')
    await release()
    expect(asked).toHaveLength(0)
  })

  it('sends both and closes', async () => {
    const asked = answering(202, item)
    const { reason, password } = await open()
    fill(reason, ' known false positive ')
    fill(password, 'correct horse')
    await release()
    await waitFor(() => expect(onClose).toHaveBeenCalledOnce(), patient)
    expect(new URL(asked[0]?.url ?? '').pathname).toBe(`/api/v1/admin/quarantine/${item.id}/release`)
    expect(asked[0]?.body).toEqual({ reason: 'known false positive', password: 'correct horse' })
  })

  it('stays open at a wrong password, with the reason kept', async () => {
    answering(403, {
      title: 'x',
      status: 403,
      detail: 'x',
      code: 'wrong_password',
      type: 'about:blank',
      requestId: 'r',
    })
    const { reason, password } = await open()
    fill(reason, 'because')
    fill(password, 'wrong')
    await release()
    expect(await screen.findByText('That is not your password. Type it again.', {}, patient)).toBeTruthy()
    expect(onClose).not.toHaveBeenCalled()
    expect((reason as HTMLTextAreaElement).value).toBe('because')
  })
})
