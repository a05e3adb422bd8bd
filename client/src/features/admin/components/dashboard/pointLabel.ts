export type Range = '24h' | '30d'

/** What a point of a chart is called: an hour of the reader's, or a day of UTC, as it was counted. */
export function pointLabel(at: string, range: Range, language: string): string {
  const style: Intl.DateTimeFormatOptions =
    range === '24h' ? { hour: '2-digit', minute: '2-digit' } : { day: 'numeric', month: 'short', timeZone: 'UTC' }
  return new Intl.DateTimeFormat(language, style).format(new Date(at))
}

/** A short span of time: 0.25 is "250 ms", 95 is "95 s". */
export function formatSeconds(seconds: number, language: string): string {
  const [value, unit] = seconds < 1 ? [seconds * 1000, 'millisecond'] : [seconds, 'second']
  return new Intl.NumberFormat(language, {
    style: 'unit',
    unit,
    unitDisplay: 'short',
    maximumFractionDigits: value < 10 && unit === 'second' ? 1 : 0,
  }).format(value)
}
