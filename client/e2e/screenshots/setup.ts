import type { TestProject } from 'vitest/node'

import { Stack } from '../kit/stack'

/** A stack with pictures that pass for somebody's library. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const stack = await Stack.start({ scenes: true })
  project.provide('stack', stack.facts)
  return () => stack.stop()
}
