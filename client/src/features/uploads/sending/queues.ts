import type { QueryClient } from '@tanstack/react-query'
import { createContext, use } from 'react'

import { apiBase, sessionLost } from '../../../lib/api/api'
import { refreshSession } from '../../../lib/api/refresh'
import { configQuery } from '../../../lib/session/session'
import { discardUpload } from '../api/cancelUpload'
import { startAttempt } from './attempt'
import { createKeeper } from './kept'
import { SendQueue } from './queue'

let current: { readonly userId: string; readonly queue: SendQueue } | null = null

/**
 * The queue of a user. It goes on while pages come and go, until its user signs
 * out or another signs in.
 */
export function queueOf(userId: string, client: QueryClient, onSent: () => void): SendQueue {
  if (current?.userId === userId) {
    return current.queue
  }
  endQueue()
  const queue = new SendQueue({
    start: startAttempt,
    keeper: createKeeper(userId),
    config: () => client.query({ ...configQuery, staleTime: 'static' }).catch(() => null),
    refresh: async () => {
      const outcome = await refreshSession(apiBase)
      if (outcome === 'signed-out' || outcome === 'suspended') {
        sessionLost(outcome === 'suspended' ? 'suspended' : 'expired')
      }
      return outcome
    },
    discard: discardUpload,
    onSent,
  })
  current = { userId, queue }
  void queue.restore()
  return queue
}

/** Stops sending and forgets what was kept for it. */
export function endQueue(): void {
  current?.queue.end()
  current = null
}

export const QueueContext = createContext<SendQueue | null>(null)

/** The queue of who is signed in. */
export function useQueue(): SendQueue {
  const queue = use(QueueContext)
  if (queue === null) {
    throw new Error('useQueue outside of SenderProvider')
  }
  return queue
}
