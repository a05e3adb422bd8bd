import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'

import type { Plugin } from 'vite'

// The server sends these as they are: nothing is compressed while someone waits. What is compressed is read back from
// the disk, because plugins still write into chunks while the bundle is generated.
export function precompress(): Plugin {
  return {
    name: 'precompress',
    apply: 'build',
    async writeBundle({ dir }, bundle) {
      const worth = Object.keys(bundle).filter((name) => /\.(js|css|html|svg|json|webmanifest)$/.test(name))
      await Promise.all(worth.map((name) => compress(join(dir ?? '.', name))))
    },
  }
}

async function compress(path: string): Promise<void> {
  const source = await readFile(path)
  if (source.length < 1024) {
    return
  }
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: source.length }
  await Promise.all([
    promisify(brotliCompress)(source, { params }).then((data) => writeFile(`${path}.br`, data)),
    promisify(gzip)(source, { level: 9 }).then((data) => writeFile(`${path}.gz`, data)),
  ])
}
