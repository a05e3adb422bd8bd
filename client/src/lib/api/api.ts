import { takeAsked } from './asked'
import { createApi } from './client'
import { isAway, sessionLost, untilBack } from './lost'
import { isSuspension, refreshSession } from './refresh'

export { onSessionLost, sessionLost } from './lost'

/** Where the API is: where the page came from, unless the build says otherwise. */
export const apiBase: string = import.meta.env.VITE_API_URL ?? ''

/** Makes an address of the API's, such as a link of a file, one that can be loaded. */
export function apiUrl(path: string): string {
  return path.startsWith('http') ? path : apiBase + path
}

// These say by 401 that the credentials are wrong, not that the session has ended.
const signIns = ['login', 'register', 'refresh', 'reset'].map((name) => `/api/v1/auth/${name}`)
const signOut = '/api/v1/auth/logout'

/**
 * fetch with the cookies of the session. A request that is refused because the
 * access token has run out is sent again with a new one. When the session
 * itself is over everybody is told, and the request waits until the person has
 * signed in again (see holdRequests).
 */
export async function sessionFetch(request: Request): Promise<Response> {
  const { pathname } = new URL(request.url)
  if (signIns.includes(pathname)) {
    return fetch(request)
  }
  const leaving = pathname === signOut
  for (;;) {
    if (isAway() && !leaving) {
      await untilBack(request.signal)
    }
    const answer = await attempt(request)
    if (answer.response.status !== 401 && !answer.suspended) {
      return answer.response
    }
    if (leaving) {
      return answer.response
    }
    sessionLost(answer.suspended ? 'suspended' : 'expired')
    if (answer.suspended || !(await untilBack(request.signal))) {
      return answer.response
    }
  }
}

/** Sends the request, and once more if the access token had run out. 401 is the end of the session. */
async function attempt(request: Request): Promise<{ response: Response; suspended: boolean }> {
  const response = await (takeAsked(request) ?? fetch(request.clone()))
  if (response.status === 403) {
    return { response, suspended: await isSuspension(response) }
  }
  if (response.status !== 401) {
    return { response, suspended: false }
  }
  switch (await refreshSession(apiBase)) {
    case 'refreshed':
      return { response: await fetch(request.clone()), suspended: false }
    case 'unreachable':
      throw new TypeError('the session could not be refreshed')
    case 'suspended':
      return { response, suspended: true }
    case 'signed-out':
      return { response, suspended: false }
  }
}

/** The API, as the person signed in here. */
export const api = createApi({ baseUrl: apiBase, fetch: sessionFetch })
