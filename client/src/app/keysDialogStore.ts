import { create } from 'zustand'

interface KeysDialog {
  readonly opened: boolean
  readonly open: () => void
  readonly close: () => void
}

export const useKeysDialog = create<KeysDialog>()((set) => ({
  opened: false,
  open: () => set({ opened: true }),
  close: () => set({ opened: false }),
}))
