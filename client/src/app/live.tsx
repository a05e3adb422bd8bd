import { useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'

import { applyAdminEvent } from '../features/admin/live'
import { applyFileEvent } from '../features/files/live'
import { applyNotificationEvent } from '../features/notifications/live'
import { applyUploadEvent } from '../features/uploads/live'
import { dispatchEvent, onServerEvent, useConnection } from '../lib/events/events'
import { joinStream } from '../lib/events/shared'
import { meQuery, useMe } from '../lib/session/session'

/** Brings the news of the server's event stream into the cache while someone is signed in. */
export function useLive(): void {
  const client = useQueryClient()
  const { id } = useMe()
  useEffect(() => {
    const stop = onServerEvent((event) => {
      applyUploadEvent(client, event)
      applyFileEvent(client, event)
      applyNotificationEvent(client, event)
      applyAdminEvent(client, event)
    })
    const leave = joinStream(id, {
      onEvent: dispatchEvent,
      onLead: useConnection.getState().lead,
      onState: (state) => {
        useConnection.getState().set(state)
        if (state === 'ended') {
          // Asking who is signed in finds out why, in the tabs that only listened, too.
          void client.refetchQueries({ queryKey: meQuery.queryKey })
        }
      },
    })
    return () => {
      leave()
      stop()
    }
  }, [client, id])
}
