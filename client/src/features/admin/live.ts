import type { QueryClient } from '@tanstack/react-query'

import type { ServerEvent } from '../../lib/events/parse'
import { applyStats } from './api/stats'

/** Brings an event into what is known of this feature's things. */
export function applyAdminEvent(client: QueryClient, event: ServerEvent): void {
  if (event.kind === 'stats') {
    applyStats(client, event.stats)
  } else if (event.kind === 'resync') {
    void client.invalidateQueries({ queryKey: ['admin'] })
  }
}
