// Making a formatter costs a hundred times what using one does, and lists use thousands.
const made = new Map<string, unknown>()

function once<T>(kind: string, language: string, options: object, make: () => T): T {
  const key = `${kind} ${language} ${JSON.stringify(options)}`
  const known = made.get(key)
  if (known !== undefined) {
    return known as T
  }
  const formatter = make()
  made.set(key, formatter)
  return formatter
}

function numbers(language: string, options: Intl.NumberFormatOptions = {}): Intl.NumberFormat {
  return once('number', language, options, () => new Intl.NumberFormat(language, options))
}

function times(language: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  return once('time', language, options, () => new Intl.DateTimeFormat(language, options))
}

function spans(language: string, options: Intl.RelativeTimeFormatOptions): Intl.RelativeTimeFormat {
  return once('span', language, options, () => new Intl.RelativeTimeFormat(language, options))
}

const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const

/** A size in bytes for people, in decimal units: 1,234,567 is "1.2 MB". */
export function formatBytes(bytes: number, language: string): string {
  let value = bytes
  let unit = 0
  while (Math.abs(value) >= 999.5 && unit < units.length - 1) {
    value /= 1000
    unit++
  }
  return numbers(language, {
    style: 'unit',
    unit: units[unit],
    unitDisplay: unit === 0 ? 'long' : 'short',
    maximumFractionDigits: unit === 0 || value >= 99.5 ? 0 : 1,
  }).format(value)
}

/** A share of one as a percentage: 0.357 is "36%". */
export function formatPercent(share: number, language: string): string {
  return numbers(language, { style: 'percent', maximumFractionDigits: 0 }).format(share)
}

export function formatNumber(value: number, language: string): string {
  return numbers(language).format(value)
}

/** A day, in the reader's own zone. */
export function formatDate(time: string | Date, language: string): string {
  return new Intl.DateTimeFormat(language, { dateStyle: 'long' }).format(new Date(time))
}

/** A time as date and time of day, in the reader's own zone. */
export function formatDateTime(time: string | Date, language: string): string {
  return times(language, { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(time))
}

const steps: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ['second', 60],
  ['minute', 60],
  ['hour', 24],
  ['day', 7],
  ['week', 4.35],
  ['month', 12],
  ['year', Infinity],
]

/** How long ago, or how soon: "2 minutes ago", "in 3 days". */
export function formatRelative(time: string | Date, language: string, now = new Date()): string {
  let value = (new Date(time).getTime() - now.getTime()) / 1000
  for (const [unit, next] of steps) {
    if (Math.abs(Math.round(value)) < next) {
      return spans(language, { numeric: 'auto' }).format(Math.round(value), unit)
    }
    value /= next
  }
  return ''
}

/** A span of time in its largest two units: 95 seconds are "1 min, 35 sec". */
export function formatDuration(seconds: number, language: string): string {
  const whole = Math.max(0, Math.round(seconds))
  const parts: (readonly [number, string])[] = [
    [Math.floor(whole / 86_400), 'day'],
    [Math.floor(whole / 3600) % 24, 'hour'],
    [Math.floor(whole / 60) % 60, 'minute'],
    [whole % 60, 'second'],
  ]
  const first = parts.findIndex(([n]) => n > 0)
  const shown = first < 0 ? parts.slice(-1) : parts.slice(first, first + 2).filter(([n], i) => n > 0 || i === 0)
  return shown.map(([n, unit]) => numbers(language, { style: 'unit', unit, unitDisplay: 'short' }).format(n)).join(' ')
}
