import { resolve } from 'node:path'

import { defineConfig } from 'vitest/config'

// scripts/client.sh screenshots
export default defineConfig({
  test: {
    root: resolve(import.meta.dirname, '..'),
    include: ['screenshots/pages.ts'],
    globalSetup: ['screenshots/setup.ts'],
    testTimeout: 900_000,
    hookTimeout: 600_000,
    teardownTimeout: 90_000,
  },
})
