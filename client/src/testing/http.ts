import { vi } from 'vitest'

type Answer = (request: Request) => Response | Promise<Response>

/** Puts answers in the place of the network. Gives the requests as they come. */
export function fakeFetch(answer: Answer): Request[] {
  const asked: Request[] = []
  vi.stubGlobal('fetch', (input: RequestInfo | URL, init?: RequestInit) => {
    const request = input instanceof Request ? input : new Request(new URL(String(input), location.href), init)
    asked.push(request)
    return Promise.resolve(answer(request))
  })
  return asked
}

export function json(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(JSON.stringify(body), { status, headers: { 'Content-Type': 'application/json', ...headers } })
}

/** What the server answers to a request that failed. */
export function problem(
  status: number,
  code: string,
  { headers = {}, errors }: { headers?: Readonly<Record<string, string>>; errors?: readonly unknown[] } = {},
): Response {
  const body = { type: 'about:blank', title: code, status, detail: `${code}.`, code, requestId: 'r-1', errors }
  return json(status, body, { 'Content-Type': 'application/problem+json', ...headers })
}

export function pathOf(request: Request): string {
  return new URL(request.url).pathname
}
