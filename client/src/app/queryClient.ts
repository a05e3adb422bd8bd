import { QueryClient } from '@tanstack/react-query'

import { ApiError } from '../lib/api/client'

/** Server state. News comes by the event stream, so nothing is asked for again only because a tab got the focus. */
export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 30_000,
        refetchOnWindowFocus: false,
        // What the server refuses it refuses again; what it did not answer is worth another try.
        retry: (failures, error) =>
          failures < 2 && (!(error instanceof ApiError) || error.status === 0 || error.status >= 500),
      },
    },
  })
}
