import type { Icon } from '@tabler/icons-react'

import type en from './messages/en'

interface AdminPage {
  /** Below /admin. */
  readonly path: string
  readonly label: keyof typeof en
  readonly Icon: Icon
}

/** The pages of the panel in the order of the navigation. */
export const adminPages: readonly AdminPage[] = []
