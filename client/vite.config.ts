import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'

import react from '@vitejs/plugin-react'
import type { Plugin } from 'vite'
import { defineConfig } from 'vitest/config'

// The server sends these as they are: nothing is compressed while someone waits. What is compressed is read back from
// the disk, because plugins still write into chunks while the bundle is generated.
function precompress(): Plugin {
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

// On Vercel the policy of the pages is in vercel.json, which knows no variables: a build whose pages would be kept from
// their own API ends here, and not in front of people.
function policyNamesTheApi(): Plugin {
  return {
    name: 'policy-names-the-api',
    apply: 'build',
    async buildStart() {
      if (process.env.VERCEL === undefined) {
        return
      }
      if (process.env.VITE_API_URL === undefined) {
        this.error('VITE_API_URL is not set: say where the API is, such as https://api.example.org')
      }
      const { origin } = new URL(process.env.VITE_API_URL)
      const policy = await readFile('vercel.json', 'utf8')
      if (policy.includes('https://project.supabase.co')) {
        this.error('the Content-Security-Policy in vercel.json names an example: write the origin of STORAGE_URL there')
      }
      if (!policy.includes(`connect-src 'self' ${origin};`)) {
        this.error(
          `the Content-Security-Policy in vercel.json does not name ${origin}: write it there, in place of the example`,
        )
      }
    },
  }
}

const api = process.env.SAFELIGHT_API ?? 'http://127.0.0.1:8080'

export default defineConfig({
  plugins: [react(), precompress(), policyNamesTheApi()],
  build: {
    outDir: '../api/web/dist',
    emptyOutDir: true,
    manifest: true,
    target: 'es2023',
    // Not inlined: the content security policy of the pages knows no data: scripts.
    assetsInlineLimit: 0,
  },
  server: { proxy: { '/api': api, '/s/': api } },
  test: {
    environment: 'happy-dom',
    include: ['src/**/*.test.{ts,tsx}'],
    setupFiles: ['src/testing/setup.ts'],
    restoreMocks: true,
    testTimeout: 60_000,
  },
})
