import { describe, expect, it } from 'vitest'

import { upload } from '../sending/testing'
import type { Row, Transfer } from '../stores/transfers'
import { changesOf } from './Announcer'
import type { Phase } from './phase'
import { summarise } from './summary'

const row = (id: string, transfer: Transfer, change: Partial<Row> = {}): Row => ({
  id,
  name: id,
  size: 100,
  fileId: null,
  uploadId: null,
  kept: true,
  transfer,
  ...change,
})

describe('the summary of the tray', () => {
  it('counts rows by what they wait for, and adds up what this browser sends', () => {
    const uploads = new Map([
      ['p', upload({ id: 'p' })],
      ['d', upload({ id: 'd', state: 'done' })],
      ['x', upload({ id: 'x', state: 'rejected' })],
      ['elsewhere', upload({ id: 'elsewhere', state: 'receiving' })],
    ])
    const summary = summarise(
      [
        row('1', { stage: 'waiting' }),
        row('2', { stage: 'sending', sent: 50, total: 100, speed: 25 }),
        row('3', { stage: 'sent', uploadId: 'p' }),
        row('4', { stage: 'sent', uploadId: 'd' }),
        row('5', { stage: 'sent', uploadId: 'x' }),
        row('6', { stage: 'refused', reason: { kind: 'empty' } }),
        row('elsewhere', { stage: 'sent', uploadId: 'elsewhere' }),
      ],
      (id) => uploads.get(id),
    )
    expect(summary.counts).toEqual({ sending: 2, paused: 0, processing: 2, attention: 2, done: 1, canceled: 0 })
    expect([summary.sent, summary.total]).toEqual([350, 500])
    expect(summary.secondsLeft).toBe(6)
    expect(summary.unsent).toBe('kept')
  })

  it('says that closing loses something as soon as one file is not kept', () => {
    const rows = [row('1', { stage: 'waiting' }, { kept: false }), row('2', { stage: 'waiting' })]
    expect(summarise(rows, () => undefined).unsent).toBe('lost')
    expect(summarise([...rows].reverse(), () => undefined).unsent).toBe('lost')
  })

  it('says that nothing is left to send', () => {
    expect(summarise([row('1', { stage: 'sent', uploadId: 'u' })], () => undefined).unsent).toBe('none')
  })
})

describe('what is announced', () => {
  const phases = (values: Record<string, Phase>) => new Map(Object.entries(values))

  it('is changes, by what they are', () => {
    const news = changesOf(
      phases({ a: 'sending', b: 'processing' }),
      phases({ a: 'processing', b: 'done', c: 'waiting' }),
    )
    expect(Object.fromEntries(news)).toEqual({ processing: ['a'], done: ['b'], added: ['c'] })
  })

  it('is nothing while only bytes move, or when a row goes back to waiting', () => {
    expect(changesOf(phases({ a: 'sending' }), phases({ a: 'sending' })).size).toBe(0)
    expect(changesOf(phases({ a: 'waiting' }), phases({ a: 'sending' })).size).toBe(0)
    expect(changesOf(phases({ a: 'paused' }), phases({ a: 'waiting' })).size).toBe(0)
  })
})
