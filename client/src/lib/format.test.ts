import { describe, expect, it } from 'vitest'

import { formatBytes, formatDuration, formatNumber, formatPercent, formatRelative } from './format'

describe('formatBytes', () => {
  it.each([
    [0, '0 bytes', '0 Byte'],
    [1, '1 byte', '1 Byte'],
    [999, '999 bytes', '999 Byte'],
    [1000, '1 kB', '1 kB'],
    [1_234_567, '1.2 MB', '1,2 MB'],
    [99_400, '99.4 kB', '99,4 kB'],
    [123_456, '123 kB', '123 kB'],
    [999_600, '1 MB', '1 MB'],
    [5_000_000_000, '5 GB', '5 GB'],
    [7_500_000_000_000_000, '7,500 TB', '7.500 TB'],
    [-2500, '-2.5 kB', '-2,5 kB'],
  ])('%i', (bytes, en, de) => {
    expect(formatBytes(bytes, 'en')).toBe(en)
    expect(formatBytes(bytes, 'de').replace('\u00a0', ' ')).toBe(de)
  })
})

describe('formatRelative', () => {
  const now = new Date('2026-03-10T12:00:00Z')
  it.each([
    ['2026-03-10T12:00:00Z', 'now', 'jetzt'],
    ['2026-03-10T11:59:30Z', '30 seconds ago', 'vor 30 Sekunden'],
    ['2026-03-10T11:58:00Z', '2 minutes ago', 'vor 2 Minuten'],
    ['2026-03-10T09:00:00Z', '3 hours ago', 'vor 3 Stunden'],
    ['2026-03-09T12:00:00Z', 'yesterday', 'gestern'],
    ['2026-03-13T12:00:00Z', 'in 3 days', 'in 3 Tagen'],
    ['2026-02-17T12:00:00Z', '3 weeks ago', 'vor 3 Wochen'],
    ['2025-12-10T12:00:00Z', '3 months ago', 'vor 3 Monaten'],
    ['2024-03-10T12:00:00Z', '2 years ago', 'vor 2 Jahren'],
  ])('%s', (time, en, de) => {
    expect(formatRelative(time, 'en', now)).toBe(en)
    expect(formatRelative(time, 'de', now)).toBe(de)
  })
})

describe('formatDuration', () => {
  it.each([
    [0, '0 sec', '0 Sek.'],
    [59.6, '1 min', '1 Min.'],
    [95, '1 min 35 sec', '1 Min. 35 Sek.'],
    [3600, '1 hr', '1 Std.'],
    [3661, '1 hr 1 min', '1 Std. 1 Min.'],
    [-5, '0 sec', '0 Sek.'],
  ])('%d s', (seconds, en, de) => {
    expect(formatDuration(seconds, 'en')).toBe(en)
    expect(formatDuration(seconds, 'de').replaceAll('\u00a0', ' ')).toBe(de)
  })
})

it('writes days, too', () => {
  expect(formatDuration(90_000, 'en')).toBe('1 day 1 hr')
})

it('writes numbers and shares as the language does', () => {
  expect(formatNumber(1_234_567, 'en')).toBe('1,234,567')
  expect(formatNumber(1_234_567, 'de')).toBe('1.234.567')
  expect(formatPercent(0.357, 'en')).toBe('36%')
  expect(formatPercent(0.357, 'de')).toBe('36\u00a0%')
})
