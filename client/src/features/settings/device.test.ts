import { describe, expect, it } from 'vitest'

import { deviceOf } from './device'
import { exampleOf } from './example'

describe('deviceOf', () => {
  it.each([
    [
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36 Edg/130.0.0.0',
      'Edge',
      'Windows',
      'computer',
    ],
    ['Mozilla/5.0 (X11; Linux x86_64; rv:131.0) Gecko/20100101 Firefox/131.0', 'Firefox', 'Linux', 'computer'],
    [
      'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15',
      'Safari',
      'macOS',
      'computer',
    ],
    [
      'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/130.0 Mobile/15E148 Safari/604.1',
      'Chrome',
      'iPhone',
      'phone',
    ],
    [
      'Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Mobile Safari/537.36',
      'Chrome',
      'Android',
      'phone',
    ],
    ['curl/8.5.0', 'curl', null, 'program'],
    ['', null, null, 'program'],
  ])('%s', (userAgent, browser, system, kind) => {
    expect(deviceOf(userAgent)).toEqual({ browser, system, kind })
  })
})

describe('the example of a token', () => {
  it('does what the token may', () => {
    const of = (...scopes: ('read' | 'write' | 'admin')[]) => exampleOf({ token: 'sl_x', scopes }, 'https://a.example')
    expect(of('read', 'write').command).toContain('-F "file=@photo.jpg" https://a.example/api/v1/uploads')
    expect(of('read').command).toContain('https://a.example/api/v1/files')
    expect(of('admin').command).toContain('https://a.example/api/v1/admin/stats')
    expect(of('read').command).toContain('Authorization: Bearer sl_x')
  })
})
