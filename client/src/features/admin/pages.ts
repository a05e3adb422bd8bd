import {
  type Icon,
  IconActivity,
  IconBiohazard,
  IconGauge,
  IconHistory,
  IconLibraryPhoto,
  IconShieldCheck,
  IconUsers,
  IconWebhook,
} from '@tabler/icons-react'

import type en from './messages/en'

interface AdminPage {
  /** Below /admin. */
  readonly path: string
  readonly label: `nav.${keyof (typeof en)['nav']}`
  readonly Icon: Icon
}

/** The pages of the panel in the order of the navigation. */
export const adminPages: readonly AdminPage[] = [
  { path: '', label: 'nav.dashboard', Icon: IconGauge },
  { path: '/uploads', label: 'nav.uploads', Icon: IconActivity },
  { path: '/quarantine', label: 'nav.quarantine', Icon: IconBiohazard },
  { path: '/users', label: 'nav.users', Icon: IconUsers },
  { path: '/files', label: 'nav.files', Icon: IconLibraryPhoto },
  { path: '/integrity', label: 'nav.integrity', Icon: IconShieldCheck },
  { path: '/webhooks', label: 'nav.webhooks', Icon: IconWebhook },
  { path: '/audit', label: 'nav.audit', Icon: IconHistory },
]
