import { cleanup, configure } from '@testing-library/react'
import { afterEach } from 'vitest'

afterEach(cleanup)

// A busy machine is slow, not wrong.
configure({ asyncUtilTimeout: 15_000 })

// What Mantine asks of a browser and happy-dom lacks.
class Observer {
  observe() {
    // sizes never change here
  }
  unobserve() {
    // see observe
  }
  disconnect() {
    // see observe
  }
}
globalThis.ResizeObserver = Observer
