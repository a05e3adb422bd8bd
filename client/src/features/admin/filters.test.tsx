import { screen } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { describe, expect, it } from 'vitest'

import { renderApp } from '../../testing/render'
import { uploadStates } from './api/uploads'
import { retryBody } from './components/uploads/RetryAllDialog'
import { readFilters, useFilters, writeFilters } from './filters'

const spec = { state: uploadStates, q: 'text' } as const

describe('filters', () => {
  it('are read from an address, and what is not one of the words is not set', () => {
    expect(readFilters(spec, new URLSearchParams('state=stalled&q=a%20b&other=1'))).toEqual({
      state: 'stalled',
      q: 'a b',
    })
    expect(readFilters(spec, new URLSearchParams('state=lost&q='))).toEqual({})
  })

  it('are written into an address beside what is there', () => {
    const params = new URLSearchParams('state=stalled&other=1')
    expect(writeFilters(params, { state: null, q: 'x' }).toString()).toBe('other=1&q=x')
    expect(writeFilters(params, { state: '' }).toString()).toBe('other=1')
    expect(params.toString()).toBe('state=stalled&other=1')
  })

  it('live in the address of the page, without a step in its history', async () => {
    function Page() {
      const { filters, set, clear, any } = useFilters(spec)
      return (
        <>
          <output>{JSON.stringify({ filters, any })}</output>
          <button onClick={() => set({ state: 'failed' })}>set</button>
          <button onClick={clear}>clear</button>
        </>
      )
    }
    const { router } = await renderApp(<Page />, { path: '/admin/uploads?state=stalled&tab=2' })
    expect(screen.getByRole('status').textContent).toBe('{"filters":{"state":"stalled"},"any":true}')
    await userEvent.click(screen.getByText('set'))
    expect(router.state.location.search).toBe('?state=failed&tab=2')
    expect(router.state.historyAction).toBe('REPLACE')
    await userEvent.click(screen.getByText('clear'))
    expect(router.state.location.search).toBe('?tab=2')
    expect(screen.getByRole('status').textContent).toBe('{"filters":{},"any":false}')
  })

  it('of the list decide what a retry of everything takes', () => {
    expect(retryBody({})).toEqual({})
    expect(retryBody({ step: 'scan', code: 'timeout', state: 'stalled' })).toEqual({ step: 'scan', code: 'timeout' })
    expect(retryBody({ step: 'notify', code: 'infected' }), 'what nothing stalls with').toEqual({})
  })
})
