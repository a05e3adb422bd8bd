import react from '@vitejs/plugin-react'
import { defineConfig } from 'vitest/config'

import { firstLoad } from './build/firstLoad.ts'
import { policyNamesTheApi } from './build/policy.ts'
import { precompress } from './build/precompress.ts'
import { mantineStyles } from './build/styles.ts'

const api = process.env.SAFELIGHT_API ?? 'http://127.0.0.1:8080'

/** What every page needs and what changes only when a library does: browsers keep it over new versions of the app. */
const libraries =
  /[\\/]node_modules[\\/](react|react-dom|scheduler|react-router|i18next|react-i18next|zustand|@tanstack[\\/](query-core|react-query))[\\/]/

const languages = ['en', 'de']
const outside = ['src/lib/i18n', 'src/features/auth']
const inside = ['src/features/files', 'src/features/uploads', 'src/features/notifications']

const catalogue = (folder: string, language: string) => `/${folder}/messages/${language}.ts`

/** Words that are needed together travel together. */
function words(id: string): string | null {
  for (const language of languages) {
    if (outside.some((folder) => id.endsWith(catalogue(folder, language)))) {
      return `words-${language}`
    }
    if (inside.some((folder) => id.endsWith(catalogue(folder, language)))) {
      return `words-inside-${language}`
    }
  }
  return null
}

export default defineConfig({
  plugins: [
    react(),
    mantineStyles(),
    firstLoad({
      inside: ['/src/app/Shell.tsx', '/src/features/files/FilesPage.tsx'],
      words: Object.fromEntries(
        languages.map((language) => [
          language,
          {
            outside: outside.map((folder) => catalogue(folder, language)),
            inside: inside.map((folder) => catalogue(folder, language)),
          },
        ]),
      ),
    }),
    precompress(),
    policyNamesTheApi(),
  ],
  build: {
    outDir: '../api/web/dist',
    emptyOutDir: true,
    manifest: true,
    target: 'es2023',
    // Not inlined: the content security policy of the pages knows no data: scripts.
    assetsInlineLimit: 0,
    rolldownOptions: {
      output: {
        codeSplitting: {
          // A phone far out waits longer for forty requests than for their bytes. A group takes along what it imports.
          groups: [
            { name: words, debugName: 'words', priority: 40 },
            { name: 'libraries', test: libraries, priority: 30 },
            { name: 'start', test: /[\\/]src[\\/](main|features[\\/]auth[\\/]LoginPage)\.tsx$/, priority: 20 },
            {
              name: 'inside',
              test: /[\\/]src[\\/](app[\\/]Shell|features[\\/]files[\\/]FilesPage)\.tsx$/,
              priority: 10,
            },
          ],
        },
      },
    },
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
