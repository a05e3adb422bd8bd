import { cleanup } from '@testing-library/react'
import { afterEach } from 'vitest'

afterEach(cleanup)

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
