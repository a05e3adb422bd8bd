import createClient, { type Client } from 'openapi-fetch'

import type { components, paths } from './schema.gen'

/** What the server says of a request that failed (RFC 9457). `code` is stable. */
export type Problem = components['schemas']['Problem']

/** A request that the server answered with a problem, or did not answer. */
export class ApiError extends Error {
  override readonly name = 'ApiError'

  constructor(
    /** HTTP status; 0 where no answer came. */
    readonly status: number,
    readonly problem: Problem | null,
    /** Seconds after which another try makes sense, where the server said so. */
    readonly retryAfter: number | null = null,
  ) {
    super(problem?.detail ?? (status === 0 ? 'The server cannot be reached.' : `The server answered ${status}.`))
  }

  /** Names of the fields that do not validate; a fault is located as body.newPassword. */
  get faults(): ReadonlySet<string> {
    return new Set((this.problem?.errors ?? []).map(({ location }) => fieldOf(location)))
  }

  /** The stable word to decide by, or `unreachable` where no answer came. */
  get code(): string {
    return this.problem?.code ?? (this.status === 0 ? 'unreachable' : 'unknown')
  }
}

export type ApiClient = Client<paths>

export interface ApiOptions {
  /** Where the server is; by default where the page came from. */
  readonly baseUrl?: string
  /** A bearer token, for programs; browsers have cookies. */
  readonly token?: string
  readonly fetch?: (request: Request) => Promise<Response>
}

/**
 * A client whose paths, parameters, bodies and answers have the types of the
 * server's own document.
 */
export function createApi(options: ApiOptions = {}): ApiClient {
  return createClient<paths>({
    baseUrl: options.baseUrl ?? '',
    credentials: 'include',
    ...(options.token === undefined ? {} : { headers: { Authorization: `Bearer ${options.token}` } }),
    ...(options.fetch === undefined ? {} : { fetch: options.fetch }),
  })
}

interface Outcome<T> {
  readonly data?: T
  readonly error?: unknown
  readonly response: Response
}

/** Gives the data of an answer, or throws an ApiError. */
export async function unwrap<T>(request: Promise<Outcome<T>>): Promise<T> {
  let outcome: Outcome<T>
  try {
    outcome = await request
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'AbortError') {
      throw cause
    }
    throw Object.assign(new ApiError(0, null), { cause })
  }
  if (!outcome.response.ok) {
    const { status, headers } = outcome.response
    throw new ApiError(status, isProblem(outcome.error) ? outcome.error : null, secondsOf(headers.get('Retry-After')))
  }
  return outcome.data as T
}

function secondsOf(retryAfter: string | null): number | null {
  return retryAfter !== null && /^\d+$/.test(retryAfter) ? Number(retryAfter) : null
}

function isProblem(value: unknown): value is Problem {
  return typeof value === 'object' && value !== null && 'code' in value && 'title' in value
}

/** The name of the field at a location such as body.newPassword. */
export function fieldOf(location: string): string {
  return location.replace(/^(body|query|path|form)\./, '')
}
