import { describe, expect, it } from 'vitest'

import type { Catalogue } from '../lib/i18n/catalogue'
import { languages } from '../lib/i18n/language'

type Modules = Record<string, { default: Catalogue }>

const modules: Modules = {
  ...import.meta.glob<{ default: Catalogue }>('../lib/i18n/messages/*.ts', { eager: true }),
  ...import.meta.glob<{ default: Catalogue }>('../features/*/messages/*.ts', { eager: true }),
}

/** Every message by its whole key. */
function flatten(catalogue: Catalogue, before = ''): Map<string, string> {
  const flat = new Map<string, string>()
  for (const [key, value] of Object.entries(catalogue)) {
    if (typeof value === 'string') {
      flat.set(before + key, value)
    } else {
      for (const [inner, text] of flatten(value, `${before}${key}.`)) {
        flat.set(inner, text)
      }
    }
  }
  return flat
}

const placeholders = (text: string) => [...text.matchAll(/\{\{\s*(\w+)[^}]*\}\}/g)].map(([, name]) => name).sort()

const english = Object.keys(modules).filter((path) => path.endsWith('/en.ts'))
const others = Object.keys(languages).filter((language) => language !== 'en')

describe.each(english)('%s', (path) => {
  const source = flatten(modules[path]?.default ?? {})

  it('has no message that says nothing', () => {
    expect([...source].filter(([, text]) => text.trim() === '')).toEqual([])
  })

  it.each(others)('has the same messages in %s, with the same placeholders', (language) => {
    const translated = flatten(modules[path.replace('/en.ts', `/${language}.ts`)]?.default ?? {})
    expect([...translated.keys()].sort()).toEqual([...source.keys()].sort())
    for (const [key, text] of source) {
      expect(placeholders(translated.get(key) ?? ''), key).toEqual(placeholders(text))
    }
    expect([...translated].filter(([, text]) => text.trim() === '')).toEqual([])
  })

  it('has both forms of every plural', () => {
    for (const key of source.keys()) {
      const [, stem, form] = /^(.*)_(one|other)$/.exec(key) ?? []
      if (stem !== undefined) {
        expect(source.has(`${stem}_${form === 'one' ? 'other' : 'one'}`), key).toBe(true)
      }
    }
  })
})

it('finds the catalogues', () => {
  expect(english.length).toBeGreaterThan(5)
})
