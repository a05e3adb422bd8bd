import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { createServer as createListener } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { Door, portOf, type DoorState } from './door'

export const root = resolve(import.meta.dirname, '../../..')

/** What `safelight dev` leaves for scripts. */
export type Dev = {
  apiUrl: string
  temporalUiUrl: string
  temporalAddress: string
  databaseUrl: string
  storageUrl: string
  adminEmail: string
  adminPassword: string
  pids: Record<string, number>
}

/** What tests are told of the stack; they run in other processes than the one that started it. */
export type StackFacts = { home: string; samples: string; control: string }

export function readDev(home: string): Dev {
  return JSON.parse(readFileSync(join(home, 'data', 'dev.json'), 'utf8')) as Dev
}

/** A whole Safelight of its own, started from the compiled programs. */
export class Stack {
  private constructor(
    readonly facts: StackFacts,
    private readonly program: ChildProcess,
    private readonly closing: (() => void)[],
  ) {}

  static async start(options: { scenes?: boolean; environment?: Record<string, string> } = {}): Promise<Stack> {
    const clamd = process.env.SAFELIGHT_TEST_CLAMD_ADDRESS
    if (clamd === undefined) {
      throw new Error('SAFELIGHT_TEST_CLAMD_ADDRESS is not set; run these tests by scripts/client.sh e2e')
    }
    const home = mkdtempSync(join(tmpdir(), 'safelight-web-'))
    chmodSync(home, 0o755) // PostgreSQL steps down to another user
    const samples = join(home, 'samples')
    mkdirSync(samples)
    run(join(root, 'bin/samples'), samples)
    if (options.scenes === true) {
      run(join(root, 'bin/samples'), 'scenes', samples)
    }
    const door = await Door.to(clamd)
    const control = await controlled(door)
    const log = openSync(join(home, 'dev.log'), 'w')
    const program = spawn(
      join(root, 'bin/safelight'),
      ['dev', '--home', join(home, 'data'), '--port', String(await freePort()), '--test-signatures'],
      {
        stdio: ['ignore', log, log],
        env: { ...process.env, CLAMD_ADDRESS: door.address, LOGIN_PER_MINUTE: '100000', ...options.environment },
      },
    )
    const stack = new Stack({ home, samples, control: control.url }, program, [control.close, () => door.close()])
    try {
      await stack.up()
    } catch (error) {
      await stack.stop()
      throw error
    }
    return stack
  }

  private async up(): Promise<void> {
    const end = Date.now() + 180_000
    while (Date.now() < end && this.program.exitCode === null) {
      if (existsSync(join(this.facts.home, 'data', 'dev.json'))) {
        return
      }
      await sleep(100)
    }
    throw new Error(`the stack did not come up; it said:\n${readFileSync(join(this.facts.home, 'dev.log'), 'utf8')}`)
  }

  /** Ends the stack as Ctrl-C does. A part that a test has left stopped could not end. */
  async stop(): Promise<void> {
    if (existsSync(join(this.facts.home, 'data', 'dev.json'))) {
      for (const pid of Object.values(readDev(this.facts.home).pids)) {
        signal(pid, 'SIGCONT')
      }
    }
    const ended = new Promise<number | null>((done) => this.program.once('exit', done))
    if (this.program.exitCode === null) {
      this.program.kill('SIGINT')
      const code = await Promise.race([ended, sleep(60_000, 'late' as const, { ref: false })])
      if (code !== 0) {
        this.program.kill('SIGKILL')
        throw new Error(`safelight dev did not end well: ${code}; see ${this.facts.home}`)
      }
    }
    this.closing.forEach((close) => close())
    rmSync(this.facts.home, { recursive: true })
  }
}

/** Lets tests of other processes move the door: POST /open, /shut, /held. */
async function controlled(door: Door): Promise<{ url: string; close: () => void }> {
  const server = createServer((request, response) => {
    door.set((request.url ?? '').slice(1) as DoorState)
    response.end()
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  return {
    url: `http://127.0.0.1:${portOf(server)}`,
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

export async function freePort(): Promise<number> {
  const server = createListener()
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const port = portOf(server)
  await new Promise((done) => server.close(done))
  return port
}

function run(program: string, ...args: string[]): void {
  const { status, stderr, error } = spawnSync(program, args, { encoding: 'utf8' })
  if (status !== 0) {
    throw new Error(`${program} failed (was it built?): ${error?.message ?? stderr}`)
  }
}

/** Sends a signal; false: there is no such process any more. */
export function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, name)
  } catch {
    return false
  }
}
