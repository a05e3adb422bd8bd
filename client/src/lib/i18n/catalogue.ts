/** A tree of messages. Plurals end in _one and _other. */
export interface Catalogue {
  readonly [key: string]: string | Catalogue
}

/** What a catalogue in another language must have: the same keys. */
export type Translation<T> = { readonly [K in keyof T]: T[K] extends string ? string : Translation<T[K]> }
