import { describe, expect, it } from 'vitest'

import { createSelection } from './selection'

const order = ['a', 'b', 'c', 'd', 'e', 'f']

function selection() {
  const store = createSelection()
  return { ...store.getState(), chosen: () => [...store.getState().ids].sort().join(''), store }
}

describe('the selection', () => {
  it('takes in and out', () => {
    const s = selection()
    s.toggle('b')
    s.toggle('d')
    expect(s.chosen()).toBe('bd')
    s.toggle('b')
    expect(s.chosen()).toBe('d')
  })

  it('selects ranges both ways, each in place of the one before', () => {
    const s = selection()
    s.toggle('c')
    s.extendTo('e', order)
    expect(s.chosen()).toBe('cde')
    s.extendTo('d', order)
    expect(s.chosen()).toBe('cd')
    s.extendTo('a', order)
    expect(s.chosen()).toBe('abc')
  })

  it('keeps what was selected apart from the range', () => {
    const s = selection()
    s.toggle('a')
    s.toggle('d')
    s.extendTo('e', order)
    s.extendTo('d', order)
    expect(s.chosen()).toBe('ad')
  })

  it('ranges from where the keyboard is when nothing was toggled', () => {
    const s = selection()
    s.setActive('b')
    s.extendTo('c', order)
    s.extendTo('d', order)
    expect(s.chosen()).toBe('bcd')
  })

  it('selects one alone when the start of the range has gone', () => {
    const s = selection()
    s.toggle('x')
    s.extendTo('c', order)
    expect(s.chosen()).toBe('cx')
    s.extendTo('not there', order)
    expect(s.chosen()).toBe('cx')
  })

  it('selects all and none, and forgets what is gone', () => {
    const s = selection()
    s.selectAll(order)
    s.drop(['b', 'zz'])
    expect(s.chosen()).toBe('acdef')
    s.clear()
    expect(s.chosen()).toBe('')
  })

  it('does not tell anybody when nothing changed', () => {
    const s = selection()
    s.toggle('a')
    const before = s.store.getState()
    s.drop(['q'])
    expect(s.store.getState()).toBe(before)
  })
})
