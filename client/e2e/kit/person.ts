import { readFileSync } from 'node:fs'
import { basename } from 'node:path'

import { until } from './parts'

export type Upload = {
  id: string
  name: string
  state: 'receiving' | 'processing' | 'stalled' | 'done' | 'rejected' | 'canceled' | 'failed'
  outcome: string | null
  fileId: string | null
  steps: { name: string; state: string; attempt: number; message: string | null }[]
}

type Account = { user: { id: string; email: string; name: string }; accessToken: string }

let made = 0

/** Somebody with an account, who also speaks to the API without a browser. */
export class Person {
  private constructor(
    readonly url: string,
    readonly email: string,
    readonly password: string,
    readonly name: string,
    readonly id: string,
    private readonly token: string,
  ) {}

  /** An address that nobody has. */
  static freshEmail(): string {
    made++
    return `person-${Date.now().toString(36)}-${made}@example.org`
  }

  static async register(url: string, name = 'Ada Lovelace', email = Person.freshEmail()): Promise<Person> {
    return Person.enter(url, 'register', { email, password: 'correct horse battery', name })
  }

  static async login(url: string, email: string, password: string): Promise<Person> {
    return Person.enter(url, 'login', { email, password })
  }

  private static async enter(url: string, way: string, body: { email: string; password: string; name?: string }) {
    const answer = await fetch(`${url}/api/v1/auth/${way}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Origin: url },
      body: JSON.stringify(body),
    })
    if (!answer.ok) {
      throw new Error(`${way} of ${body.email}: ${answer.status} ${await answer.text()}`)
    }
    const { user, accessToken } = (await answer.json()) as Account
    return new Person(url, body.email, body.password, user.name, user.id, accessToken)
  }

  /** Calls the API and gives its answer; anything but a success is an error. */
  async call<T = unknown>(method: string, path: string, body?: unknown): Promise<T> {
    const form = body instanceof FormData
    const headers = { Authorization: `Bearer ${this.token}`, ...(form ? {} : { 'Content-Type': 'application/json' }) }
    const answer = await fetch(`${this.url}/api/v1${path}`, {
      method,
      headers,
      body: body === undefined ? null : form ? body : JSON.stringify(body),
    })
    const text = await answer.text()
    if (!answer.ok) {
      throw new Error(`${method} ${path}: ${answer.status} ${text}`)
    }
    return (text === '' ? undefined : JSON.parse(text)) as T
  }

  /** Sends a file and returns when it is accepted. */
  async send(path: string, options: { name?: string; fileId?: string } = {}): Promise<Upload> {
    const form = new FormData()
    if (options.fileId !== undefined) {
      form.append('fileId', options.fileId)
    }
    form.append('file', new Blob([readFileSync(path)]), options.name ?? basename(path))
    return this.call<Upload>('POST', '/uploads', form)
  }

  /** Waits until an upload is as it should be. */
  async follow(id: string, want: (upload: Upload) => boolean): Promise<Upload> {
    return until(`upload ${id} gets on`, async () => {
      const upload = await this.call<Upload>('GET', `/uploads/${id}`)
      return want(upload) ? upload : undefined
    })
  }

  /** Sends a file and waits for its end. */
  async store(path: string, options: { name?: string; fileId?: string } = {}): Promise<Upload> {
    const { id } = await this.send(path, options)
    const final = ['done', 'rejected', 'canceled', 'failed']
    return this.follow(id, (upload) => final.includes(upload.state))
  }
}
