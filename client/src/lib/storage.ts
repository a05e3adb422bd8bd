// Storage can be full, switched off or forbidden; everything works without it,
// only nothing is remembered.

/** Reads what this browser remembers; null where it remembers nothing. */
export function readText(key: string): string | null {
  try {
    return localStorage.getItem(key)
  } catch {
    return null
  }
}

/** Remembers in this browser, if it can. */
export function writeText(key: string, value: string): void {
  try {
    localStorage.setItem(key, value)
  } catch {
    // Not remembered: see above.
  }
}

/** Forgets in this browser. */
export function forget(key: string): void {
  try {
    localStorage.removeItem(key)
  } catch {
    // Nothing is remembered: see above.
  }
}
