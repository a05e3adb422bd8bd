import { resolve } from 'node:path'

import { defineConfig } from 'vitest/config'

// scripts/client.sh lighthouse
export default defineConfig({
  test: {
    root: resolve(import.meta.dirname, '..'),
    include: ['lighthouse/scores.js'],
    globalSetup: ['kit/setup.ts'],
    testTimeout: 600_000,
    hookTimeout: 240_000,
    teardownTimeout: 90_000,
  },
})
