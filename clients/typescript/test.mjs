// Packs the package, installs it in a folder of its own as others would,
// type-checks example.ts against it in both ways that modules are found, and
// runs it on the server at SAFELIGHT_URL with SAFELIGHT_TOKEN.
import { spawnSync } from 'node:child_process'
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const here = import.meta.dirname
const { SAFELIGHT_URL: url, SAFELIGHT_TOKEN: token } = process.env
if (!url || !token) {
  throw new Error('SAFELIGHT_URL and SAFELIGHT_TOKEN say which server to call')
}

function run(program, args, cwd) {
  const { status, stdout, stderr, error } = spawnSync(program, args, { cwd, encoding: 'utf8' })
  if (status !== 0) {
    throw new Error(`${[program, ...args.slice(0, 3)].join(' ')}: ${error?.message ?? stdout + stderr}`)
  }
  return stdout
}

const home = mkdtempSync(join(tmpdir(), 'safelight-client-'))
try {
  const [packed] = JSON.parse(run('npm', ['pack', '--json', '--silent', '--pack-destination', home], here))
  const modules = join(home, 'node_modules')
  const installed = join(modules, '@safelight/client')
  mkdirSync(installed, { recursive: true })
  run('tar', ['-xzf', join(home, packed.filename), '-C', installed, '--strip-components=1'], home)
  for (const name of ['openapi-fetch', 'openapi-typescript-helpers', '@types/node', 'undici-types']) {
    cpSync(join(here, 'node_modules', name), join(modules, name), { recursive: true })
  }
  copyFileSync(join(here, 'example.ts'), join(home, 'example.mts'))
  const tsc = join(here, 'node_modules/typescript/bin/tsc')
  const strict = ['--strict', '--target', 'ES2022', '--lib', 'ES2023,DOM,DOM.Iterable', '--types', 'node']
  run(process.execPath, [tsc, ...strict, '--noEmit', '--module', 'ESNext', '--moduleResolution', 'bundler', 'example.mts'], home)
  run(process.execPath, [tsc, ...strict, '--module', 'NodeNext', '--moduleResolution', 'NodeNext', 'example.mts'], home)
  process.stdout.write(run(process.execPath, ['example.mjs', url, token], home))
} finally {
  rmSync(home, { recursive: true, force: true })
}
