import { useCallback, useMemo } from 'react'
import { useSearchParams } from 'react-router'

/** What a filter may be: one of some words, or any text. */
type Kind = readonly string[] | 'text'
type Spec = Readonly<Record<string, Kind>>
type ValueOf<K extends Kind> = K extends readonly (infer Word)[] ? Word : string

/** The filters that are set; those that are not are missing. */
export type Filters<S extends Spec> = { readonly [K in keyof S]?: ValueOf<S[K]> }

/** Reads filters from an address. What is not one of the words, as in an old link, counts as not set. */
export function readFilters<S extends Spec>(spec: S, params: URLSearchParams): Filters<S> {
  const found: Record<string, string> = {}
  for (const [name, kind] of Object.entries(spec)) {
    const value = params.get(name)
    if (value !== null && value !== '' && (kind === 'text' || kind.includes(value))) {
      found[name] = value
    }
  }
  return found as Filters<S>
}

/** Writes filters into an address; what else is in it stays. */
export function writeFilters(
  params: URLSearchParams,
  change: Readonly<Record<string, string | null>>,
): URLSearchParams {
  const next = new URLSearchParams(params)
  for (const [name, value] of Object.entries(change)) {
    if (value === null || value === '') {
      next.delete(name)
    } else {
      next.set(name, value)
    }
  }
  return next
}

/**
 * The filters of a list, which live in its address: a link or a reload shows
 * the same, and a new choice adds no step to the browser's history.
 */
export function useFilters<S extends Spec>(spec: S) {
  const [params, setParams] = useSearchParams()
  const filters = useMemo(() => readFilters(spec, params), [spec, params])
  const set = useCallback(
    (change: { readonly [K in keyof S]?: string | null }) =>
      setParams((now) => writeFilters(now, change as Record<string, string | null>), { replace: true }),
    [setParams],
  )
  const clear = useCallback(
    () =>
      setParams((now) => writeFilters(now, Object.fromEntries(Object.keys(spec).map((name) => [name, null]))), {
        replace: true,
      }),
    [setParams, spec],
  )
  return { filters, set, clear, any: Object.keys(filters).length > 0 }
}
