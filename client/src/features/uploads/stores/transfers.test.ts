import { beforeEach, describe, expect, it } from 'vitest'

import { type Row, useTransfers } from './transfers'

const row = (id: string, change: Partial<Row> = {}): Row => ({
  id,
  name: `${id}.jpg`,
  size: 100,
  fileId: null,
  uploadId: null,
  kept: false,
  transfer: { stage: 'waiting' },
  ...change,
})
const store = () => useTransfers.getState()

beforeEach(() => store().clear())

describe('the rows of the tray', () => {
  it('puts what came last first, and keeps the order within it', () => {
    store().add([row('a'), row('b')])
    store().add([row('c'), row('d')])
    expect(store().order).toEqual(['c', 'd', 'a', 'b'])
  })

  it('leaves a row that is there as it is', () => {
    store().add([row('a', { transfer: { stage: 'canceled' } })])
    const before = store().rows
    store().add([row('a')])
    expect(store().rows).toBe(before)
  })

  it('changes rows without touching the others', () => {
    store().add([row('a'), row('b')])
    const b = store().rows.get('b')
    store().change(
      new Map([
        ['a', { transfer: { stage: 'paused', sent: 7 } }],
        ['gone', { kept: true }],
      ]),
    )
    expect(store().rows.get('a')?.transfer).toEqual({ stage: 'paused', sent: 7 })
    expect(store().rows.get('b')).toBe(b)
    expect(store().rows.has('gone')).toBe(false)
  })

  it('drops the row that the event stream made when its own row learns which upload it is', () => {
    store().add([row('mine')])
    store().add([row('upload-1', { uploadId: 'upload-1', transfer: { stage: 'sent', uploadId: 'upload-1' } })])
    store().change(new Map([['mine', { uploadId: 'upload-1' }]]))
    expect(store().order).toEqual(['mine'])
    expect([...store().rows.keys()]).toEqual(['mine'])
  })

  it('takes the place of what came back from the server first', () => {
    store().add([row('upload-1', { uploadId: 'upload-1', transfer: { stage: 'sent', uploadId: 'upload-1' } })])
    store().add([row('mine', { uploadId: 'upload-1', kept: true })])
    expect(store().order).toEqual(['mine'])
  })

  it('removes many at once', () => {
    store().add([row('a'), row('b'), row('c')])
    store().remove(['a', 'c'])
    expect(store().order).toEqual(['b'])
    expect(store().rows.size).toBe(1)
  })
})
