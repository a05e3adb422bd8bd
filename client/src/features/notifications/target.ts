import type { Notification } from '../../lib/api/types'

/** The page that a notification is about. */
export function targetOf({ fileId }: Pick<Notification, 'fileId'>): string {
  return fileId === null ? '/uploads' : `/files/${fileId}`
}
