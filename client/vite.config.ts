import { brotliCompressSync, constants, gzipSync } from 'node:zlib'

import react from '@vitejs/plugin-react'
import type { Plugin } from 'vite'
import { defineConfig } from 'vitest/config'

// The server sends these as they are: nothing is compressed while someone waits.
function precompress(): Plugin {
  return {
    name: 'precompress',
    apply: 'build',
    enforce: 'post',
    generateBundle(_, bundle) {
      for (const [fileName, item] of Object.entries(bundle)) {
        const source = Buffer.from(item.type === 'chunk' ? item.code : item.source)
        if (!/\.(js|css|html|svg|json|webmanifest)$/.test(fileName) || source.length < 1024) {
          continue
        }
        const br = brotliCompressSync(source, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } })
        this.emitFile({ type: 'asset', fileName: `${fileName}.br`, source: br })
        this.emitFile({ type: 'asset', fileName: `${fileName}.gz`, source: gzipSync(source, { level: 9 }) })
      }
    },
  }
}

const api = process.env.SAFELIGHT_API ?? 'http://127.0.0.1:8080'

export default defineConfig({
  plugins: [react(), precompress()],
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
  },
})
