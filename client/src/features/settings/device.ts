const browsers: readonly (readonly [RegExp, string])[] = [
  [/^safelight\b/i, 'safelight'],
  [/^curl\//, 'curl'],
  [/\bEdgA?(?:iOS)?\//, 'Edge'],
  [/\bOPR\//, 'Opera'],
  [/\bSamsungBrowser\//, 'Samsung Internet'],
  [/\b(?:Firefox|FxiOS)\//, 'Firefox'],
  [/\b(?:HeadlessChrome|Chrome|CriOS)\//, 'Chrome'],
  [/\bVersion\/.*\bSafari\//, 'Safari'],
]

const systems: readonly (readonly [RegExp, string])[] = [
  [/\biPhone\b/, 'iPhone'],
  [/\biPad\b/, 'iPad'],
  [/\bAndroid\b/, 'Android'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bWindows\b/, 'Windows'],
  [/\bMac OS X\b|\bMacintosh\b/, 'macOS'],
  [/\bLinux\b/, 'Linux'],
]

export interface Device {
  readonly browser: string | null
  readonly system: string | null
  readonly kind: 'phone' | 'computer' | 'program'
}

/** What a User-Agent header says of the program and the device, as far as people care. */
export function deviceOf(userAgent: string): Device {
  const find = (names: typeof browsers) => names.find(([pattern]) => pattern.test(userAgent))?.[1] ?? null
  const browser = find(browsers)
  const system = find(systems)
  const phone = system === 'iPhone' || system === 'iPad' || system === 'Android'
  const program = browser === 'curl' || browser === 'safelight' || (browser === null && system === null)
  return { browser, system, kind: program ? 'program' : phone ? 'phone' : 'computer' }
}
