import { describe, expect, it } from 'vitest'

import { parseEvent } from './parse'

const upload = { id: 'u', seq: 3, state: 'processing', steps: [{ name: 'scan', state: 'running' }], later: true }

describe('parseEvent', () => {
  it('reads an upload with all its fields, known or not', () => {
    expect(parseEvent('progress', JSON.stringify(upload))).toEqual({ kind: 'progress', upload })
  })

  it.each([
    ['no JSON', 'progress', '{'],
    ['a state that is not known', 'progress', JSON.stringify({ ...upload, state: 'dreaming' })],
    ['a missing seq', 'progress', JSON.stringify({ ...upload, seq: undefined })],
    ['a notification without a title', 'notification', JSON.stringify({ id: 'n', kind: 'upload.done' })],
    ['an action that is not known', 'file', JSON.stringify({ action: 'burned', file: { id: 'f' } })],
    ['an event that is not known', 'weather', '{}'],
    ['an event without a name', undefined, '{}'],
  ])('drops %s', (_, name, data) => {
    expect(parseEvent(name, data)).toBeNull()
  })

  it('leaves the id of a file that is gone for good', () => {
    expect(parseEvent('file', JSON.stringify({ action: 'deleted', file: { id: 'f' } }))).toEqual({
      kind: 'file',
      action: 'deleted',
      id: 'f',
      file: null,
    })
  })

  it('gives a whole file', () => {
    const file = { id: 'f', name: 'cat.jpg' }
    expect(parseEvent('file', JSON.stringify({ action: 'created', file }))).toEqual({
      kind: 'file',
      action: 'created',
      id: 'f',
      file,
    })
  })
})
