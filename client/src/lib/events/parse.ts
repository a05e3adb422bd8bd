import { z } from 'zod/mini'

import type { Notification, Stats, StoredFile, Upload } from '../api/types'

/** What the server tells on its event stream, and `resync` when news may have been missed. */
export type ServerEvent =
  | { readonly kind: 'progress'; readonly upload: Upload }
  | { readonly kind: 'notification'; readonly notification: Notification }
  | { readonly kind: 'file'; readonly action: FileAction; readonly id: string; readonly file: StoredFile | null }
  | { readonly kind: 'stats'; readonly stats: Stats }
  | { readonly kind: 'resync' }

export type FileAction = 'created' | 'updated' | 'trashed' | 'restored' | 'deleted'

// The fields that decide what is done with an event are checked. The rest has
// the types of the same document that the server was built from.
const upload = z.looseObject({
  id: z.string(),
  seq: z.number(),
  state: z.enum(['receiving', 'processing', 'stalled', 'done', 'rejected', 'canceled', 'failed']),
  steps: z.array(z.looseObject({ name: z.string(), state: z.string() })),
})
const notification = z.looseObject({ id: z.string(), kind: z.string(), title: z.string(), createdAt: z.string() })
const file = z.looseObject({
  action: z.enum(['created', 'updated', 'trashed', 'restored', 'deleted']),
  file: z.looseObject({ id: z.string(), name: z.optional(z.string()) }),
})
const stats = z.looseObject({ at: z.string() })

/** Reads one event; null for one that this version does not know, or cannot read. */
export function parseEvent(name: string | undefined, data: string): ServerEvent | null {
  let body: unknown
  try {
    body = JSON.parse(data)
  } catch {
    return null
  }
  switch (name) {
    case 'progress':
      return upload.safeParse(body).success ? { kind: 'progress', upload: body as Upload } : null
    case 'notification':
      return notification.safeParse(body).success ? { kind: 'notification', notification: body as Notification } : null
    case 'file': {
      const parsed = file.safeParse(body)
      if (!parsed.success) {
        return null
      }
      const { action, file: about } = parsed.data
      // Of a file that is gone for good the id is left.
      const whole = about.name === undefined ? null : (about as unknown as StoredFile)
      return { kind: 'file', action, id: about.id, file: whole }
    }
    case 'stats':
      return stats.safeParse(body).success ? { kind: 'stats', stats: body as Stats } : null
    default:
      return null
  }
}
