import { createStore, type StoreApi } from 'zustand'

export interface Selection {
  readonly ids: ReadonlySet<string>
  /** The one that the keyboard is at. */
  readonly active: string | null
  /** Takes one in or out; ranges go from there. */
  readonly toggle: (id: string) => void
  /** Selects from the last one toggled to this, in the order of the list. A second range replaces the first. */
  readonly extendTo: (id: string, order: readonly string[]) => void
  readonly selectAll: (order: readonly string[]) => void
  readonly clear: () => void
  /** Forgets those that are not in the list any more. */
  readonly drop: (gone: Iterable<string>) => void
  readonly setActive: (id: string | null) => void
}

export type SelectionStore = StoreApi<Selection>

interface Range {
  /** Where ranges begin. */
  readonly anchor: string | null
  /** What was selected before the present range. */
  readonly base: ReadonlySet<string>
}

const none: ReadonlySet<string> = new Set()

/** What is selected in one list. Things read it by selectors, so that only what changes is drawn again. */
export function createSelection(): SelectionStore {
  let range: Range = { anchor: null, base: none }
  return createStore<Selection>()((set, get) => ({
    ids: none,
    active: null,
    toggle: (id) => {
      const ids = new Set(get().ids)
      if (!ids.delete(id)) {
        ids.add(id)
      }
      range = { anchor: id, base: ids }
      set({ ids, active: id })
    },
    extendTo: (id, order) => {
      const from = order.indexOf(range.anchor ?? get().active ?? id)
      const to = order.indexOf(id)
      if (to < 0) {
        return
      }
      const start = from < 0 ? to : from
      range = { ...range, anchor: order[start] ?? id }
      const between = order.slice(Math.min(start, to), Math.max(start, to) + 1)
      set({ ids: new Set([...range.base, ...between]), active: id })
    },
    selectAll: (order) => {
      const ids = new Set(order)
      range = { anchor: range.anchor, base: ids }
      set({ ids })
    },
    clear: () => {
      range = { anchor: null, base: none }
      set({ ids: none })
    },
    drop: (gone) => {
      const { ids: before } = get()
      const known = [...gone].filter((id) => before.has(id))
      if (known.length > 0) {
        const ids = new Set(before)
        known.forEach((id) => ids.delete(id))
        range = { anchor: range.anchor, base: ids }
        set({ ids })
      }
    },
    setActive: (active) => set({ active }),
  }))
}
