import { readText, writeText } from '../storage'

const lockName = 'safelight-refresh'
const refreshedKey = 'safelight.refreshed'

/** What became of an attempt to get a new access token. */
export type Refreshed = 'refreshed' | 'signed-out' | 'suspended' | 'unreachable'

let underWay: Promise<Refreshed> | null = null

/**
 * Gets a new access token by the refresh cookie. A refresh token that is used
 * twice ends its session, so of all tabs one asks at a time, and those that
 * waited for it take its answer.
 */
export function refreshSession(baseUrl: string): Promise<Refreshed> {
  underWay ??= oneTabAtATime(baseUrl).finally(() => {
    underWay = null
  })
  return underWay
}

async function oneTabAtATime(baseUrl: string): Promise<Refreshed> {
  const before = readText(refreshedKey)
  const run = async () => (readText(refreshedKey) === before ? ask(baseUrl) : 'refreshed')
  // Locks exist where the page is secure. Elsewhere, which is plain HTTP to
  // another machine, two tabs may collide and one has to sign in again.
  return 'locks' in navigator ? navigator.locks.request(lockName, run) : run()
}

async function ask(baseUrl: string): Promise<Refreshed> {
  try {
    const answer = await fetch(`${baseUrl}/api/v1/auth/refresh`, { method: 'POST', credentials: 'include' })
    const suspended = await isSuspension(answer)
    // Nobody reads it, and an unread body holds its connection.
    await answer.body?.cancel()
    if (answer.ok) {
      writeText(refreshedKey, `${Date.now()} ${Math.random()}`)
      return 'refreshed'
    }
    if (suspended) {
      return 'suspended'
    }
    return answer.status === 401 || answer.status === 403 ? 'signed-out' : 'unreachable'
  } catch {
    return 'unreachable'
  }
}

/** Whether an answer says that the account is suspended. The answer can still be read. */
export async function isSuspension(answer: Response): Promise<boolean> {
  if (answer.status !== 403) {
    return false
  }
  const body: unknown = await answer
    .clone()
    .json()
    .catch(() => null)
  return typeof body === 'object' && body !== null && 'code' in body && body.code === 'account_suspended'
}
