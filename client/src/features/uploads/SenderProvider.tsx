import { hashKey, useQueryClient } from '@tanstack/react-query'
import { lazy, type ReactNode, Suspense, useEffect, useMemo, useState } from 'react'

import { type Sender, SenderContext } from '../../lib/sending'
import { meQuery, useMe } from '../../lib/session/session'
import { catchUp } from './components/follow'
import { type Drag, useDrops } from './components/useDrops'
import { usePicker } from './components/usePicker'
import { endQueue, QueueContext, queueOf } from './sending/queues'
import { isUnsent, useTransfers } from './stores/transfers'
import { useTrayView } from './stores/tray'

const DropOverlay = lazy(async () => ({ default: (await import('./components/DropOverlay')).DropOverlay }))

interface Props {
  readonly children: ReactNode
}

/** Takes files from every page: dropped, pasted, picked, or given by a page. */
export function SenderProvider({ children }: Props) {
  const client = useQueryClient()
  const { id } = useMe()
  const queue = useMemo(
    () =>
      queueOf(
        id,
        client,
        soon(() => void catchUp(client)),
      ),
    [id, client],
  )
  const send = useMemo<Sender['send']>(
    () => (files, options) => {
      if (files.length > 0) {
        useTrayView.getState().open()
        void queue.add(files, options?.fileId)
      }
    },
    [queue],
  )
  const { pick, inputs } = usePicker(send)
  const sender = useMemo(() => ({ send, pick }), [send, pick])
  const [drag, setDrag] = useState<Drag | null>(null)
  useDrops(send, setDrag)
  useSession(queue)
  useWarning()
  return (
    <SenderContext value={sender}>
      <QueueContext value={queue}>
        {children}
        {inputs}
        {drag !== null && (
          <Suspense>
            <DropOverlay drag={drag} />
          </Suspense>
        )}
      </QueueContext>
    </SenderContext>
  )
}

const meHash = hashKey(meQuery.queryKey)

/** Goes on when the network or the session is back; ends with the session. */
function useSession(queue: ReturnType<typeof queueOf>): void {
  const client = useQueryClient()
  useEffect(() => {
    const wake = () => queue.wake()
    addEventListener('online', wake)
    const leave = client.getQueryCache().subscribe(({ type, query }) => {
      if (type === 'updated' && query.queryHash === meHash && query.state.data !== null) {
        wake()
      }
    })
    return () => {
      removeEventListener('online', wake)
      leave()
      if (client.getQueryData(meQuery.queryKey) === null) {
        endQueue()
      }
    }
  }, [client, queue])
}

/** Warns before the tab is closed, but only while that would lose something. */
function useWarning(): void {
  const losing = useTransfers(({ rows }) => {
    for (const { transfer, kept } of rows.values()) {
      if (!kept && isUnsent(transfer)) {
        return true
      }
    }
    return false
  })
  useEffect(() => {
    if (!losing) {
      return
    }
    const warn = (event: BeforeUnloadEvent) => event.preventDefault()
    addEventListener('beforeunload', warn)
    return () => removeEventListener('beforeunload', warn)
  }, [losing])
}

/** Runs once, a moment after the last of many calls began. */
function soon(run: () => void): () => void {
  let timer: ReturnType<typeof setTimeout> | null = null
  return () => {
    timer ??= setTimeout(() => {
      timer = null
      run()
    }, 1500)
  }
}
