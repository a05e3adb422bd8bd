import type { QueryClient } from '@tanstack/react-query'

import type { ServerEvent } from '../../lib/events/parse'
import { addNotification } from './api/cache'

/** Brings an event into what is known of this feature's things. */
export function applyNotificationEvent(client: QueryClient, event: ServerEvent): void {
  if (event.kind === 'notification') {
    addNotification(client, event.notification)
  } else if (event.kind === 'resync') {
    void client.invalidateQueries({ queryKey: ['notifications'] })
  }
}
