import i18next, { type TFunction } from 'i18next'
import { beforeAll, describe, expect, it } from 'vitest'

import de from './messages/de'
import { wordsOf } from './words'

const note = { title: 'cat.jpg is ready', body: 'By the server.', subject: 'cat.jpg' }

let t: TFunction<'notifications'>

beforeAll(async () => {
  const i18n = i18next.createInstance()
  await i18n.init({ lng: 'de', resources: { de: { notifications: de } }, interpolation: { escapeValue: false } })
  t = i18n.getFixedT('de', 'notifications')
})

describe('wordsOf', () => {
  it.each([
    ['upload.done', 'versioned', 'cat.jpg ist fertig', /neueste Version/],
    ['upload.duplicate', 'restored', 'cat.jpg ist zurück aus dem Papierkorb', /wiederhergestellt/],
    ['upload.rejected', 'infected', 'cat.jpg wurde abgelehnt', /Virus/],
    ['upload.stalled', 'scan', 'cat.jpg braucht Sie', /Liste der Uploads/],
    ['upload.failed', '', 'cat.jpg konnte nicht verarbeitet werden', /By the server/],
  ] as const)('puts %s (%s) into the language of the page', (kind, reason, title, body) => {
    const words = wordsOf({ ...note, kind, reason }, t)
    expect(words.title).toBe(title)
    expect(words.body).toMatch(body)
  })

  it('tells in the words of the server what it has none for', () => {
    const words = wordsOf({ ...note, kind: 'upload.rejected', reason: 'haunted' }, t)
    expect(words).toEqual({ title: note.title, body: note.body })
  })
})
