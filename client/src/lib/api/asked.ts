declare global {
  interface Window {
    /** What start.js has asked the API for, by path, while the scripts were on their way. */
    asked?: Map<string, Promise<Response>>
  }
}

/** The answer to a request that start.js has sent already, or null. Each is given once. */
export function takeAsked({ method, url }: Request): Promise<Response> | null {
  const { pathname, search } = new URL(url)
  const answer = window.asked?.get(pathname)
  if (method !== 'GET' || search !== '' || answer === undefined) {
    return null
  }
  window.asked?.delete(pathname)
  return answer
}
