import { useMutation, useQueryClient } from '@tanstack/react-query'

import { api } from '../../../lib/api/api'
import { ApiError, unwrap } from '../../../lib/api/client'
import { leave } from '../../../lib/session/session'
import { tellTabs } from '../../../lib/session/tabs'
import { useNotify } from '../../../lib/notify'

/** Ends the session, for all tabs of this browser. */
export function useSignOut() {
  const client = useQueryClient()
  const notify = useNotify()
  return useMutation({
    mutationFn: async () => {
      try {
        await unwrap(api.POST('/api/v1/auth/logout'))
      } catch (error) {
        // A session that is over already cannot be ended, and need not be.
        if (!(error instanceof ApiError && (error.status === 401 || error.code === 'account_suspended'))) {
          throw error
        }
      }
    },
    onSuccess: () => {
      leave(client)
      tellTabs({ type: 'signed-out' })
    },
    onError: (error) => notify.failed(error),
  })
}
