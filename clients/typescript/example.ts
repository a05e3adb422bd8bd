// What test.mjs type-checks and runs, with the package as others install it.
import { ApiError, createApi, settled, unwrap, upload, type Upload } from '@safelight/client'

const [, , baseUrl, token] = process.argv
if (baseUrl === undefined || token === undefined) {
  throw new Error('usage: example URL TOKEN')
}
const api = createApi({ baseUrl, token })

const me = await unwrap(api.GET('/api/v1/me'))
const dot = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='
const picture = new Blob([Buffer.from(dot, 'base64')])
const key = crypto.randomUUID()
const sent = await upload(api, picture, { name: 'dot.png', idempotencyKey: key })
const again = await upload(api, picture, { name: 'dot.png', idempotencyKey: key })
const done: Upload = await settled(api, sent.id, { every: 100 })
const { items } = await unwrap(api.GET('/api/v1/files', { params: { query: { q: 'dot', limit: 5 } } }))

let refused: ApiError | null = null
try {
  await unwrap(api.GET('/api/v1/files/{id}', { params: { path: { id: 'none' } } }))
} catch (error) {
  refused = error instanceof ApiError ? error : null
}

// @ts-expect-error the document knows no such path
void (() => api.GET('/api/v1/nothing'))
// @ts-expect-error nor such an order
void (() => api.GET('/api/v1/files', { params: { query: { sort: 'colour' } } }))

console.log(
  JSON.stringify({
    email: me.email,
    same: again.id === sent.id,
    state: done.state,
    outcome: done.outcome,
    names: items.map(({ name }) => name),
    refused: [refused?.status, refused?.code],
  }),
)
