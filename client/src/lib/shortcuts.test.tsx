import { fireEvent, render } from '@testing-library/react'
import { describe, expect, it, vi } from 'vitest'

import { useShortcut, useShortcuts } from './shortcuts'

interface Props {
  readonly keys: string
  readonly run: () => void
  readonly enabled?: boolean
}

function Keyed({ keys, run, enabled = true }: Props) {
  useShortcut({ keys, label: `does ${keys}`, group: 'Tests' }, run, enabled)
  return (
    <>
      <input aria-label="text" />
      <input aria-label="box" type="checkbox" />
      <div contentEditable suppressContentEditableWarning data-testid="prose" />
    </>
  )
}

describe('a shortcut', () => {
  it.each([
    ['u', { key: 'u' }, true],
    ['u', { key: 'U', shiftKey: true }, false],
    ['u', { key: 'u', ctrlKey: true }, false],
    ['u', { key: 'u', altKey: true }, false],
    ['Shift+U', { key: 'U', shiftKey: true }, true],
    ['Shift+U', { key: 'u' }, false],
    ['?', { key: '?', shiftKey: true }, true],
    ['?', { key: '?' }, true],
    ['Mod+a', { key: 'a', ctrlKey: true }, true],
    ['Mod+a', { key: 'a', metaKey: true }, true],
    ['Mod+a', { key: 'a' }, false],
    ['Delete', { key: 'Delete' }, true],
    ['ArrowDown', { key: 'ArrowDown', shiftKey: true }, false],
  ])('%s by %o: %s', (keys, event, runs) => {
    const run = vi.fn()
    render(<Keyed keys={keys} run={run} />)
    const allowed = fireEvent.keyDown(document.body, event)
    expect(run).toHaveBeenCalledTimes(runs ? 1 : 0)
    expect(allowed, 'what a shortcut takes the browser does not').toBe(!runs)
  })

  it('leaves alone who types', () => {
    const run = vi.fn()
    const { getByLabelText } = render(<Keyed keys="u" run={run} />)
    fireEvent.keyDown(getByLabelText('text'), { key: 'u' })
    expect(run).not.toHaveBeenCalled()
    fireEvent.keyDown(getByLabelText('box'), { key: 'u' })
    expect(run).toHaveBeenCalledOnce()
  })

  it('rests behind a dialog', () => {
    const run = vi.fn()
    render(
      <>
        <Keyed keys="u" run={run} />
        <div role="dialog" aria-modal="true" />
      </>,
    )
    fireEvent.keyDown(document.body, { key: 'u' })
    expect(run).not.toHaveBeenCalled()
  })

  it('runs what the component last said', () => {
    const first = vi.fn()
    const second = vi.fn()
    const { rerender } = render(<Keyed keys="u" run={first} />)
    rerender(<Keyed keys="u" run={second} />)
    fireEvent.keyDown(document.body, { key: 'u' })
    expect([first.mock.calls.length, second.mock.calls.length]).toEqual([0, 1])
  })

  it('is listed while it works', () => {
    const run = vi.fn()
    const listed = () => [...useShortcuts.getState().active.values()].map(({ label }) => label)
    const { rerender, unmount } = render(<Keyed keys="u" run={run} />)
    expect(listed()).toEqual(['does u'])
    rerender(<Keyed keys="u" run={run} enabled={false} />)
    expect(listed()).toEqual([])
    fireEvent.keyDown(document.body, { key: 'u' })
    expect(run).not.toHaveBeenCalled()
    unmount()
    expect(listed()).toEqual([])
  })
})
