import { vi } from 'vitest'

interface Asked {
  readonly method: string
  readonly url: string
  readonly body: unknown
}

/** Has every request answered so, and tells what was asked. For tests. */
export function answering(status: number, body: unknown): readonly Asked[] {
  const asked: Asked[] = []
  vi.stubGlobal('fetch', async (request: Request) => {
    const text = await request.clone().text()
    asked.push({ method: request.method, url: request.url, body: text === '' ? null : (JSON.parse(text) as unknown) })
    const type = status < 400 ? 'application/json' : 'application/problem+json'
    return new Response(JSON.stringify(body), { status, headers: { 'Content-Type': type } })
  })
  return asked
}
