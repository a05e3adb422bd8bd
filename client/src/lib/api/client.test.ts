import { describe, expect, it } from 'vitest'

import { ApiError, createApi, unwrap } from './client'

function answering(status: number, body: unknown, type = 'application/json') {
  const asked: Request[] = []
  const api = createApi({
    baseUrl: 'https://example.org',
    token: 'sl_test',
    fetch: (request) => {
      asked.push(request)
      return Promise.resolve(new Response(JSON.stringify(body), { status, headers: { 'Content-Type': type } }))
    },
  })
  return { api, asked }
}

describe('the client', () => {
  it('asks as the document says', async () => {
    const { api, asked } = answering(200, { items: [], nextCursor: null })
    const page = await unwrap(api.GET('/api/v1/files', { params: { query: { sort: 'name', limit: 2 } } }))
    expect(page.items).toEqual([])
    expect(asked[0]?.url).toBe('https://example.org/api/v1/files?sort=name&limit=2')
    expect(asked[0]?.headers.get('Authorization')).toBe('Bearer sl_test')
  })

  it('throws problems with their code', async () => {
    const problem = {
      type: 'about:blank',
      title: 'Not found',
      status: 404,
      detail: 'There is nothing.',
      code: 'not_found',
      requestId: 'r',
    }
    const { api } = answering(404, problem, 'application/problem+json')
    const failed = unwrap(api.GET('/api/v1/files/{id}', { params: { path: { id: 'x' } } }))
    await expect(failed).rejects.toMatchObject({
      status: 404,
      code: 'not_found',
      message: 'There is nothing.',
      problem,
    })
  })

  it('tells an answer that is no problem from none at all', async () => {
    const { api } = answering(502, 'from a proxy', 'text/html')
    await expect(unwrap(api.GET('/api/v1/me'))).rejects.toMatchObject({ status: 502, code: 'unknown' })
    const away = createApi({
      baseUrl: 'https://example.org',
      fetch: () => Promise.reject(new TypeError('failed to fetch')),
    })
    const failed = unwrap(away.GET('/api/v1/me'))
    await expect(failed).rejects.toBeInstanceOf(ApiError)
    await expect(failed).rejects.toMatchObject({ status: 0, code: 'unreachable' })
  })
})
