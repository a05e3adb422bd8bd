import { createApi } from './client'
import { refreshSession } from './refresh'

/** Where the API is: where the page came from, unless the build says otherwise. */
export const apiBase: string = import.meta.env.VITE_API_URL ?? ''

/** Makes an address of the API's, such as a link of a file, one that can be loaded. */
export function apiUrl(path: string): string {
  return path.startsWith('http') ? path : apiBase + path
}

type Listener = () => void
const lost = new Set<Listener>()

/** Calls listener whenever a request shows that the session has ended. Returns how to stop. */
export function onSessionLost(listener: Listener): () => void {
  lost.add(listener)
  return () => lost.delete(listener)
}

/** Tells everybody that the session has ended. */
export function sessionLost(): void {
  for (const listener of lost) {
    listener()
  }
}

// These say by 401 that the credentials are wrong, not that the session has ended.
const signIn = '/api/v1/auth/'

/**
 * fetch with the cookies of the session. A request that is refused because the
 * access token has run out is sent again with a new one.
 */
export async function sessionFetch(request: Request): Promise<Response> {
  if (request.url.includes(signIn)) {
    return fetch(request)
  }
  const again = request.clone()
  const answer = await fetch(request)
  if (answer.status !== 401) {
    return answer
  }
  switch (await refreshSession(apiBase)) {
    case 'refreshed':
      return fetch(again)
    case 'unreachable':
      throw new TypeError('the session could not be refreshed')
    case 'signed-out':
      sessionLost()
      return answer
  }
}

/** The API, as the person signed in here. */
export const api = createApi({ baseUrl: apiBase, fetch: sessionFetch })
