import { create } from 'zustand'
import { persist } from 'zustand/middleware'

export type Density = 'comfortable' | 'compact'
export type FilesView = 'grid' | 'list'

interface Preferences {
  readonly density: Density
  readonly filesView: FilesView
  /** Whether to tell of news through the browser while the page is hidden. */
  readonly browserNotifications: boolean
  readonly set: (change: Partial<Pick<Preferences, 'density' | 'filesView' | 'browserNotifications'>>) => void
}

/** What this browser remembers of how its user likes things. The language and the colours remember themselves. */
export const usePreferences = create<Preferences>()(
  persist(
    (set) => ({
      density: 'comfortable',
      filesView: 'grid',
      browserNotifications: false,
      set: (change) => set(change),
    }),
    { name: 'safelight.preferences', version: 1 },
  ),
)
