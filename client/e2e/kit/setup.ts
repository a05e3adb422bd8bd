import type { TestProject } from 'vitest/node'

import { Stack, type StackFacts } from './stack'

declare module 'vitest' {
  interface ProvidedContext {
    stack: StackFacts
  }
}

/** Starts the one stack of all test files, and stops it behind the last one. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const stack = await Stack.start()
  project.provide('stack', stack.facts)
  return () => stack.stop()
}
