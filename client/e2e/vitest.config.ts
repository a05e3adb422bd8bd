import { defineConfig } from 'vitest/config'

// The tests that drive a browser against the compiled programs: scripts/client.sh e2e.
export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ['**/*.test.ts'],
    globalSetup: ['kit/setup.ts'],
    // One stack serves all files, and some of them stop parts of it.
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 240_000,
    teardownTimeout: 90_000,
    reporters: ['default'],
  },
})
