import { create } from 'zustand'
import { createJSONStorage, persist } from 'zustand/middleware'

export const trayFilters = ['all', 'active', 'attention', 'done'] as const
export type TrayFilter = (typeof trayFilters)[number]

interface TrayView {
  readonly opened: boolean
  readonly filter: TrayFilter
  readonly open: () => void
  readonly minimise: () => void
  readonly show: (filter: TrayFilter) => void
}

/** How this tab shows the tray; it outlives a reload. */
export const useTrayView = create<TrayView>()(
  persist(
    (set) => ({
      opened: false,
      filter: 'all',
      open: () => set({ opened: true }),
      minimise: () => set({ opened: false }),
      show: (filter) => set({ filter }),
    }),
    {
      name: 'safelight.tray',
      version: 1,
      storage: createJSONStorage(() => sessionStorage),
      partialize: ({ opened }) => ({ opened }),
    },
  ),
)
