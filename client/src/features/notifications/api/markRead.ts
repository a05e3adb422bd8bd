import { type QueryClient, useMutation, useQueryClient } from '@tanstack/react-query'

import { api } from '../../../lib/api/api'
import { unwrap } from '../../../lib/api/client'
import { useNotify } from '../../../lib/notify'
import { tellRead } from '../tabs'
import { showRead } from './cache'

/** Marks one notification, or all of them, as read. It shows at once, and is taken back if the server refuses. */
export function useMarkRead() {
  const client = useQueryClient()
  const notify = useNotify()
  return useMutation({
    mutationFn: async (which: string) => {
      if (which === 'all') {
        await unwrap(api.POST('/api/v1/notifications/read-all'))
      } else {
        await unwrap(api.POST('/api/v1/notifications/{id}/read', { params: { path: { id: which } } }))
      }
    },
    onMutate: async (which) => {
      await client.cancelQueries({ queryKey: ['notifications'] })
      const before = client.getQueriesData({ queryKey: ['notifications'] })
      showRead(client, which, new Date().toISOString())
      return before
    },
    onSuccess: (_, which) => {
      tellRead(which)
      if (which !== 'all') {
        refill(client)
      }
    },
    onError: (error, _, before) => {
      for (const [key, data] of before ?? []) {
        client.setQueryData(key, data)
      }
      notify.failed(error)
    },
  })
}

// Of more unread ones than are counted, the next take the place of those read.
function refill(client: QueryClient) {
  void client.invalidateQueries({
    queryKey: ['notifications', 'unread'],
    predicate: ({ state }) => (state.data as { more?: boolean } | undefined)?.more === true,
  })
}
