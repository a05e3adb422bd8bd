import { useEffect, useEffectEvent } from 'react'
import { create } from 'zustand'

export interface Shortcut {
  /** As KeyboardEvent.key says it, with `Shift+`, `Mod+` (Ctrl, or Cmd on a Mac) before it. */
  readonly keys: string
  /** What it does, in the reader's language; the list behind `?` shows it. */
  readonly label: string
  /** A heading of that list. */
  readonly group: string
}

interface Registry {
  readonly active: ReadonlyMap<symbol, Shortcut>
  add(id: symbol, shortcut: Shortcut): void
  remove(id: symbol): void
}

/** The shortcuts of what is on the page now. */
export const useShortcuts = create<Registry>()((set) => ({
  active: new Map(),
  add: (id, shortcut) => set(({ active }) => ({ active: new Map(active).set(id, shortcut) })),
  remove: (id) =>
    set(({ active }) => {
      const left = new Map(active)
      left.delete(id)
      return { active: left }
    }),
}))

/**
 * Runs an action by a key while the component is there, unless someone types or
 * a dialog is open.
 */
export function useShortcut(shortcut: Shortcut, run: () => void, enabled = true): void {
  const { keys, label, group } = shortcut
  const onKey = useEffectEvent((event: KeyboardEvent, inDialog: boolean) => {
    if (!event.defaultPrevented && matches(event, keys) && !isTyping(event.target) && !inDialog) {
      event.preventDefault()
      run()
    }
  })
  useEffect(() => {
    if (!enabled) {
      return
    }
    const id = Symbol(keys)
    useShortcuts.getState().add(id, { keys, label, group })
    // Escape may have closed the dialog by the time it comes here: it was meant for that alone.
    let inDialog = false
    const look = () => {
      inDialog = dialogOpen()
    }
    const listen = (event: KeyboardEvent) => onKey(event, inDialog || dialogOpen())
    window.addEventListener('keydown', look, { capture: true })
    document.addEventListener('keydown', listen)
    return () => {
      window.removeEventListener('keydown', look, { capture: true })
      document.removeEventListener('keydown', listen)
      useShortcuts.getState().remove(id)
    }
  }, [keys, label, group, enabled])
}

function matches(event: KeyboardEvent, keys: string): boolean {
  const parts = keys.split('+')
  const key = parts.at(-1) ?? ''
  const mod = event.ctrlKey || event.metaKey
  // A sign such as ? needs Shift on one keyboard and not on another.
  const shiftCounts = key.length > 1 || /\p{L}/u.test(key)
  return (
    event.key.toLowerCase() === key.toLowerCase() &&
    mod === parts.includes('Mod') &&
    !event.altKey &&
    (!shiftCounts || event.shiftKey === parts.includes('Shift'))
  )
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || target.matches('input:not([type=checkbox]):not([type=radio]), textarea, select'))
  )
}

function dialogOpen(): boolean {
  return document.querySelector('[role="dialog"][aria-modal="true"]') !== null
}
