import { create } from 'zustand'

import type { ServerEvent } from './parse'
import type { StreamState } from './stream'

type Listener = (event: ServerEvent) => void
const listeners = new Set<Listener>()

/** Calls listener with every event from now on. Returns how to stop. */
export function onServerEvent(listener: Listener): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** Hands an event to everybody who listens. */
export function dispatchEvent(event: ServerEvent): void {
  for (const listener of listeners) {
    listener(event)
  }
}

interface Connection {
  readonly state: StreamState
  /** This tab reads the browser's one stream, and speaks for all tabs. */
  readonly leads: boolean
  readonly set: (state: StreamState) => void
  readonly lead: (leads: boolean) => void
}

/** Whether news comes in. */
export const useConnection = create<Connection>()((set) => ({
  state: 'connecting',
  leads: false,
  set: (state) => set({ state }),
  lead: (leads) => set({ leads }),
}))
