interface Place {
  readonly scroll: number
  readonly active: string | null
}

// For as long as the page lives: a reload begins at the top.
const places = new Map<string, Place>()

/** Where someone was in a list when they left it. */
export function placeOf(list: string): Place {
  return places.get(list) ?? { scroll: 0, active: null }
}

/** Remembers where someone is in a list, so that they find it there when they come back. */
export function rememberPlace(list: string, change: Partial<Place>): void {
  places.set(list, { ...placeOf(list), ...change })
}
