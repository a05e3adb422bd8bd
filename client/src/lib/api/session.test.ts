import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { fakeFetch, json, pathOf, problem } from '../../testing/http'
import { installLocks, removeLocks } from '../../testing/locks'

const refresh = '/api/v1/auth/refresh'

/** Each tab has these modules of its own, and shares locks and storage. */
async function openTab() {
  vi.resetModules()
  const { sessionFetch } = await import('./api')
  const lost = await import('./lost')
  const get = (path: string, init?: RequestInit) => sessionFetch(new Request(new URL(path, location.href), init))
  return { ...lost, get }
}

beforeEach(() => {
  localStorage.clear()
  installLocks()
})

afterEach(() => {
  vi.unstubAllGlobals()
  removeLocks()
})

describe('an access token that has run out', () => {
  it('is renewed once for many requests, which are all sent again', async () => {
    let fresh = false
    const asked = fakeFetch((request) => {
      if (pathOf(request) === refresh) {
        fresh = true
        return json(200, {})
      }
      return fresh ? json(200, { path: pathOf(request) }) : problem(401, 'unauthenticated')
    })
    const tab = await openTab()
    const answers = await Promise.all(['/a', '/b', '/c', '/d'].map((path) => tab.get(path)))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200])
    expect(asked.filter((request) => pathOf(request) === refresh)).toHaveLength(1)
  })

  it('is renewed by one of two tabs', async () => {
    let fresh = false
    const asked = fakeFetch(async (request) => {
      if (pathOf(request) === refresh) {
        await Promise.resolve()
        fresh = true
        return json(200, {})
      }
      return fresh ? json(200, {}) : problem(401, 'unauthenticated')
    })
    const one = await openTab()
    const two = await openTab()
    const answers = await Promise.all([one.get('/a'), two.get('/b')])
    expect(answers.map(({ status }) => status)).toEqual([200, 200])
    expect(asked.filter((request) => pathOf(request) === refresh)).toHaveLength(1)
  })

  it('keeps the body of what is sent again', async () => {
    const bodies: string[] = []
    fakeFetch(async (request) => {
      if (pathOf(request) === refresh) {
        return json(200, {})
      }
      bodies.push(await request.text())
      return bodies.length === 1 ? problem(401, 'unauthenticated') : json(200, {})
    })
    const { get } = await openTab()
    await get('/a', { method: 'POST', body: 'words' })
    expect(bodies).toEqual(['words', 'words'])
  })

  it('fails a request, and not the session, when nothing answers', async () => {
    fakeFetch((request) => {
      if (pathOf(request) === refresh) {
        throw new TypeError('failed to fetch')
      }
      return problem(401, 'unauthenticated')
    })
    const { get, onSessionLost } = await openTab()
    const lost = vi.fn()
    onSessionLost(lost)
    await expect(get('/a')).rejects.toBeInstanceOf(TypeError)
    expect(lost).not.toHaveBeenCalled()
  })
})

describe('a session that has ended', () => {
  it('holds requests until the person is back, and then sends them', async () => {
    const { get, holdRequests, onSessionLost, sessionBack } = await openTab()
    let signedIn = false
    const asked = fakeFetch((request) =>
      signedIn && pathOf(request) !== refresh ? json(200, {}) : problem(401, 'unauthenticated'),
    )
    const lost = vi.fn()
    onSessionLost(lost)
    holdRequests(true)
    const first = get('/a')
    await vi.waitFor(() => {
      expect(lost).toHaveBeenCalledWith('expired')
    })
    const before = asked.length
    const second = get('/b')
    await Promise.resolve()
    expect(asked, 'what comes later is not even asked').toHaveLength(before)
    signedIn = true
    sessionBack()
    expect((await first).status).toBe(200)
    expect((await second).status).toBe(200)
  })

  it('lets go of a request that nobody waits for any more', async () => {
    const { get, holdRequests, onSessionLost } = await openTab()
    fakeFetch(() => problem(401, 'unauthenticated'))
    holdRequests(true)
    const over = new AbortController()
    const gone = get('/a', { signal: over.signal })
    const lost = vi.fn()
    onSessionLost(lost)
    await vi.waitFor(() => {
      expect(lost).toHaveBeenCalled()
    })
    over.abort()
    await expect(gone).rejects.toMatchObject({ name: 'AbortError' })
  })

  it('is told as such where nobody is expected back', async () => {
    const { get } = await openTab()
    fakeFetch(() => problem(401, 'unauthenticated'))
    expect((await get('/a')).status).toBe(401)
  })

  it('does not hold signing out', async () => {
    const { get, holdRequests } = await openTab()
    fakeFetch(() => problem(401, 'unauthenticated'))
    holdRequests(true)
    expect((await get('/api/v1/auth/logout', { method: 'POST' })).status).toBe(401)
  })

  it.each([
    ['by the request itself', (path: string) => (path === refresh ? 401 : 403)],
    ['by the refresh', (path: string) => (path === refresh ? 403 : 401)],
  ])('says that the account is suspended when told so %s', async (_, statusOf) => {
    const { get, holdRequests, onSessionLost } = await openTab()
    fakeFetch((request) => {
      const status = statusOf(pathOf(request))
      return problem(status, status === 403 ? 'account_suspended' : 'unauthenticated')
    })
    const lost = vi.fn()
    onSessionLost(lost)
    holdRequests(true)
    await get('/a')
    expect(lost.mock.calls).toEqual([['suspended']])
  })

  it('is not what a role without the right means', async () => {
    const { get, onSessionLost } = await openTab()
    fakeFetch(() => problem(403, 'forbidden'))
    const lost = vi.fn()
    onSessionLost(lost)
    expect((await get('/a')).status).toBe(403)
    expect(lost).not.toHaveBeenCalled()
  })
})
