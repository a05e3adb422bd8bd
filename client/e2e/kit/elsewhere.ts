import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { portOf } from './door'
import type { Parts } from './parts'
import { freePort, root } from './stack'

/** The web app on an origin of its own, and an API that lets its pages in. */
export type Elsewhere = {
  web: string
  api: string
  /** The same API by its address, for programs: they do not know every name under localhost. */
  local: string
  close: () => Promise<void>
}

const types: Record<string, string> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.webmanifest': 'application/manifest+json',
}

type Hosting = { headers: { source: string; headers: { key: string; value: string }[] }[] }

/**
 * Builds the app for another API process of the stack, and serves it as vercel.json says. The two have names under one
 * domain: to a browser an address is no site.
 */
export async function elsewhere(stack: Parts): Promise<Elsewhere> {
  const folder = mkdtempSync(join(tmpdir(), 'safelight-elsewhere-'))
  const server = createServer()
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const web = `http://app.safelight.localhost:${portOf(server)}`
  const port = await freePort()
  const api = `http://api.safelight.localhost:${port}`
  const local = `http://127.0.0.1:${port}`
  const built = spawnSync(
    'npx',
    ['--no-install', 'vite', 'build', '--outDir', folder, '--emptyOutDir', '--logLevel', 'warn'],
    {
      cwd: join(root, 'client'),
      encoding: 'utf8',
      env: { ...process.env, VITE_API_URL: api, NODE_ENV: 'production' },
    },
  )
  if (built.status !== 0) {
    throw new Error(`the app was not built: ${built.error?.message ?? built.stderr}`)
  }
  serve(server, folder, api)

  const { dev } = stack
  const log = openSync(join(folder, 'api.log'), 'w')
  const program = spawn(join(root, 'bin/api'), [], {
    stdio: ['ignore', log, log],
    env: {
      ...process.env,
      ENVIRONMENT: 'development',
      DATABASE_URL: dev.databaseUrl,
      STORAGE_URL: dev.storageUrl,
      TEMPORAL_ADDRESS: dev.temporalAddress,
      LISTEN_ADDRESS: `127.0.0.1:${port}`,
      PUBLIC_URL: api,
      WEB_ORIGINS: web,
      JWT_KEYS: `elsewhere:${'k'.repeat(32)}`,
    },
  })
  const ended = new Promise<void>((done) => {
    program.once('exit', () => {
      done()
    })
  })
  const close = async () => {
    program.kill('SIGTERM')
    await ended
    server.closeAllConnections()
    server.close()
    rmSync(folder, { recursive: true })
  }
  const end = Date.now() + 60_000
  while (!(await answers(local))) {
    if (Date.now() > end || program.exitCode !== null) {
      throw new Error(`the second API does not answer: ${readFileSync(join(folder, 'api.log'), 'utf8')}`)
    }
    await sleep(100)
  }
  return { web, api, local, close }
}

async function answers(api: string): Promise<boolean> {
  try {
    return (await fetch(`${api}/readyz`)).ok
  } catch {
    return false
  }
}

function serve(server: Server, folder: string, api: string): void {
  const text = readFileSync(join(root, 'client/vercel.json'), 'utf8')
  const { headers } = JSON.parse(text.replaceAll('https://api.example.org', api)) as Hosting
  server.on('request', (request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost')
    const file = join(folder, pathname)
    const path = pathname !== '/' && existsSync(file) ? file : join(folder, 'index.html')
    for (const { key, value } of headers[0]?.headers ?? []) {
      if (key !== 'Strict-Transport-Security') {
        response.setHeader(key, value)
      }
    }
    response.setHeader('Content-Type', types[extname(path)] ?? 'application/octet-stream')
    response.end(readFileSync(path))
  })
}
