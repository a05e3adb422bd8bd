import i18next from 'i18next'
import { beforeAll, describe, expect, it } from 'vitest'

import { ApiError } from '../../../lib/api/client'
import type { Step, Upload } from '../../../lib/api/types'
import de from '../messages/de'
import en from '../messages/en'
import { upload } from '../sending/testing'
import type { Row, Transfer } from '../stores/transfers'
import { describeRow, type Teller } from './words'

let teller: Teller

beforeAll(async () => {
  const i18n = i18next.createInstance()
  await i18n.init({ lng: 'en', resources: { en: { uploads: en } }, interpolation: { escapeValue: false } })
  teller = {
    t: i18n.getFixedT('en', 'uploads'),
    language: 'en',
    tell: (error) => ({
      title: error instanceof ApiError ? error.code : 'unknown',
      hint: 'Do this.',
      detail: null,
      requestId: null,
      fields: {},
    }),
  }
})

const say = (transfer: Transfer, known?: Upload) => {
  const row: Row = {
    id: 'r',
    name: 'cat.jpg',
    size: 5_000_000,
    fileId: null,
    uploadId: null,
    kept: false,
    transfer,
  }
  return describeRow(row, known, teller)
}
const sayUpload = (change: Partial<Upload>) =>
  say({ stage: 'sent', uploadId: 'u' }, upload({ id: 'u', size: 5_000_000, ...change }))
const steps = (...changes: Partial<Step>[]): Step[] =>
  upload({ id: 'u' }).steps.map((step, i) => ({ ...step, ...changes[i] }))

describe('what a row says while bytes are sent', () => {
  it.each<[Transfer, string]>([
    [{ stage: 'waiting' }, 'Waiting for its turn · 5 MB'],
    [{ stage: 'sending', sent: 0, total: 5_000_000, speed: null }, 'Sending 0 bytes of 5 MB'],
    [
      { stage: 'sending', sent: 2_000_000, total: 5_000_000, speed: 500_000 },
      'Sending 2 MB of 5 MB · 500 kB/s · 6 sec left',
    ],
    [{ stage: 'sending', sent: 4_900_000, total: 5_000_000, speed: 500_000 }, 'Sending 4.9 MB of 5 MB · 500 kB/s'],
    [{ stage: 'sending', sent: 100, total: 5_000_000, speed: 0 }, 'Sending 100 bytes of 5 MB'],
    [{ stage: 'paused', sent: 1_000_000 }, 'Paused at 1 MB of 5 MB'],
    [
      { stage: 'held', sent: 1_000_000, why: 'offline' },
      'No connection at 1 MB of 5 MB. It goes on by itself as soon as there is one.',
    ],
    [
      { stage: 'held', sent: 1_000_000, why: 'session' },
      'You were signed out. Sign in again, and it goes on at 1 MB of 5 MB.',
    ],
    [{ stage: 'canceled' }, 'Canceled'],
    [{ stage: 'sent', uploadId: 'u' }, 'Sent. Processing starts in a moment.'],
    [{ stage: 'refused', reason: { kind: 'empty' } }, 'cat.jpg is empty. There is nothing to upload.'],
    [
      { stage: 'refused', reason: { kind: 'tooLarge', limit: 4_000_000 } },
      'cat.jpg has 5 MB; a file may have 4 MB at most.',
    ],
    [
      { stage: 'refused', reason: { kind: 'nameTooLong', length: 300, limit: 255 } },
      'The name cat.jpg has 300 characters; it may have 255 at most. Rename it and try again.',
    ],
    [
      { stage: 'refused', reason: { kind: 'type', accepted: ['image/jpeg', 'image/png'] } },
      'cat.jpg is not a picture that is taken here. JPEG and PNG are.',
    ],
    [
      { stage: 'failed', code: 'quota_exceeded', detail: null, requestId: 'r-1' },
      'quota_exceeded. Do this. (request r-1)',
    ],
  ])('%o', (transfer, text) => {
    expect(say(transfer)).toBe(text)
  })
})

describe('what a row says once the server has the bytes', () => {
  it.each<[string, Partial<Upload>, string]>([
    [
      'receiving',
      { state: 'receiving' },
      'Not all of it is here. It is being sent by another tab or device, or was interrupted: then pick the file again.',
    ],
    ['queued', {}, 'Processing: waits for its turn on the server'],
    [
      'running',
      { steps: steps({ state: 'done' }, { state: 'done' }, { state: 'running' }) },
      'Processing, step 3 of 6: compressing',
    ],
    [
      'retrying',
      { steps: steps({ state: 'retrying', attempt: 4, message: 'the scanner does not answer' }, { state: 'running' }) },
      'Processing waits: scanning for viruses did not work (try 4). the scanner does not answer. It is tried again by itself.',
    ],
    [
      'stalled',
      { state: 'stalled', steps: steps({ state: 'done' }, { state: 'failed', message: 'Storage is full.' }) },
      'Stopped: looking for duplicates did not work. Storage is full. Try again, or cancel it.',
    ],
    [
      'created, smaller',
      { state: 'done', outcome: 'created', storedSize: 1_000_000 },
      'Done: 5 MB became 1 MB, 80% smaller',
    ],
    ['created, kept', { state: 'done', outcome: 'created', storedSize: 5_000_000 }, 'Done: stored as it is, 5 MB'],
    [
      'versioned',
      { state: 'done', outcome: 'versioned', versionNumber: 3, storedSize: 1_000_000 },
      'Done: it is version 3 now; 5 MB became 1 MB',
    ],
    [
      'duplicate',
      { state: 'done', outcome: 'duplicate', duplicateOf: 'f' },
      'You have this photo already. Nothing was stored twice.',
    ],
    ['restored', { state: 'done', outcome: 'restored' }, 'You had this photo in the trash. It is back.'],
    ['unchanged', { state: 'done', outcome: 'unchanged' }, 'The same as the current version. Nothing was changed.'],
    [
      'infected',
      { state: 'rejected', rejection: { code: 'infected', detail: '', signature: 'Eicar' } },
      'Rejected: it contains a virus (Eicar). It was locked away and nobody can open it.',
    ],
    [
      'corrupt',
      { state: 'rejected', rejection: { code: 'corrupt', detail: '' } },
      'Rejected: the picture is damaged or not all there. Export or copy it anew and try again.',
    ],
    ['canceled', { state: 'canceled' }, 'Canceled. Nothing was stored.'],
    [
      'failed',
      { state: 'failed', steps: steps({ state: 'failed', message: 'It broke' }) },
      'It failed at this step: scanning for viruses. It broke.',
    ],
    ['failed somewhere', { state: 'failed', steps: [] }, 'It failed and was not stored. Send it again.'],
  ])('%s', (_, change, text) => {
    expect(sayUpload(change)).toBe(text)
  })

  it('has words for every rejection there is', () => {
    const codes = ['infected', 'unscannable', 'corrupt', 'unsupported', 'too_many_pixels', 'integrity'] as const
    const told = codes.map((code) => sayUpload({ state: 'rejected', rejection: { code, detail: 'detail' } }))
    expect(new Set(told).size).toBe(codes.length)
    expect(told.every((text) => text.startsWith('Rejected: '))).toBe(true)
  })

  it('never calls sending what is processing', () => {
    expect(sayUpload({})).not.toMatch(/send/i)
    expect(de.upload.running).not.toMatch(/send/i)
  })
})
