import type admin from '../features/admin/messages/en'
import type auth from '../features/auth/messages/en'
import type files from '../features/files/messages/en'
import type notifications from '../features/notifications/messages/en'
import type settings from '../features/settings/messages/en'
import type uploads from '../features/uploads/messages/en'
import type common from '../lib/i18n/messages/en'

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'common'
    resources: {
      common: typeof common
      admin: typeof admin
      auth: typeof auth
      files: typeof files
      notifications: typeof notifications
      settings: typeof settings
      uploads: typeof uploads
    }
  }
}
