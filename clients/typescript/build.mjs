// Builds dist. The types of the API, and the thin wrapper round them, are those
// of the web app (client/src/lib/api): they are taken from there, so that there
// is one place that they are generated into and one that they are written in.
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const here = import.meta.dirname
const from = join(here, '../../client/src/lib/api')
const to = join(here, 'src/api')

rmSync(join(here, 'dist'), { recursive: true, force: true })
mkdirSync(to, { recursive: true })
for (const name of ['client.ts', 'types.ts', 'schema.gen.ts']) {
  const source = readFileSync(join(from, name), 'utf8')
  // Node finds modules by their whole names alone.
  writeFileSync(join(to, name), source.replaceAll(/ from '\.\/([a-z.]+)'/g, " from './$1.js'"))
}
copyFileSync(join(here, '../../LICENSE'), join(here, 'LICENSE'))
const { status } = spawnSync(process.execPath, [join(here, 'node_modules/typescript/bin/tsc'), '-p', here], { stdio: 'inherit' })
process.exit(status ?? 1)
