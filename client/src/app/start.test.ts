import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'

import { afterEach, beforeEach, expect, it, vi } from 'vitest'

import { takeAsked } from '../lib/api/asked'
import { languages, preferredLanguage, rememberLanguage } from '../lib/i18n/language'
import { enter, mayBeSignedIn } from '../lib/session/session'
import { fakeFetch, json, pathOf } from '../testing/http'
import { testClient } from '../testing/render'

const script = readFileSync(resolve(import.meta.dirname, '../../public/start.js'), 'utf8')

const list = {
  api: '',
  inside: ['/assets/inside.js', '/assets/inside.css'],
  words: Object.fromEntries(
    Object.keys(languages).map((code) => [
      code,
      { outside: [`/assets/${code}.js`], inside: [`/assets/in-${code}.js`] },
    ]),
  ),
}

/** Runs the script as the page at path does. Gives what it loads and what it asks for. */
function start(path: string, content: unknown = list) {
  history.replaceState(null, '', path)
  const place = document.createElement('script')
  place.type = 'application/json'
  place.id = 'first-load'
  place.textContent = JSON.stringify(content)
  document.head.replaceChildren(place)
  const asked = fakeFetch((request) => json(200, { path: pathOf(request) }))
  // eslint-disable-next-line @typescript-eslint/no-implied-eval, @typescript-eslint/no-unsafe-call -- as the page does
  new Function(script)()
  const links = [...document.head.querySelectorAll('link')]
  return {
    loaded: links.map((link) => `${link.rel} ${new URL(link.href).pathname}`),
    asked: asked.map(pathOf),
  }
}

const ada = { id: 'u-1', email: 'ada@example.org', name: 'Ada', role: 'user', status: 'active' }

beforeEach(() => {
  vi.useFakeTimers()
  localStorage.clear()
  delete window.asked
})

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
  history.replaceState(null, '', '/')
})

it('asks what a stranger is shown, and loads nothing that is not', () => {
  expect(start('/login')).toEqual({ loaded: ['modulepreload /assets/en.js'], asked: ['/api/v1/config'] })
  expect(start('/'), 'who may be somebody after all').toEqual({
    loaded: ['modulepreload /assets/en.js'],
    asked: ['/api/v1/me', '/api/v1/config'],
  })
  expect(start('/reset').asked).toEqual([])
})

it('loads the pages of whom the app remembers', () => {
  fakeFetch(() => json(200, {}))
  enter(testClient(), ada as never)
  expect(mayBeSignedIn()).toBe(true)
  expect(start('/')).toEqual({
    loaded: [
      'modulepreload /assets/en.js',
      'modulepreload /assets/inside.js',
      'preload /assets/inside.css',
      'modulepreload /assets/in-en.js',
    ],
    asked: ['/api/v1/me'],
  })
})

it('speaks the language that the app will', () => {
  for (const language of ['de', 'en'] as const) {
    rememberLanguage(language)
    expect(preferredLanguage()).toBe(language)
    expect(start('/login').loaded).toEqual([`modulepreload /assets/${language}.js`])
  }
  localStorage.clear()
  vi.spyOn(navigator, 'languages', 'get').mockReturnValue(['fr-FR', 'de-AT', 'en'])
  expect(preferredLanguage()).toBe('de')
  expect(start('/login').loaded).toEqual(['modulepreload /assets/de.js'])
})

it('sets the colours, also where there is no list', () => {
  localStorage.setItem('mantine-color-scheme-value', 'dark')
  expect(start('/login', {})).toEqual({ loaded: [], asked: [] })
  expect(document.documentElement.getAttribute('data-mantine-color-scheme')).toBe('dark')
})

it('gives each answer once, to the request that it was asked for', async () => {
  start('/')
  const me = new Request(new URL('/api/v1/me', location.href))
  expect(takeAsked(new Request(me, { method: 'PATCH' }))).toBeNull()
  expect(takeAsked(new Request(`${me.url}?fields=name`))).toBeNull()
  expect(await (await takeAsked(me))?.json()).toEqual({ path: '/api/v1/me' })
  expect(takeAsked(me)).toBeNull()
})

it('keeps no answer until it is old', () => {
  start('/')
  vi.advanceTimersByTime(15_000)
  expect(takeAsked(new Request(new URL('/api/v1/me', location.href)))).toBeNull()
})
