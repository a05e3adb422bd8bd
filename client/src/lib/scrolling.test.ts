import { afterEach, beforeEach, expect, it, vi } from 'vitest'

import { watchScroll } from './scrolling'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
})

afterEach(() => {
  vi.useRealTimers()
})

function list(height: number) {
  const element = document.createElement('div')
  Object.defineProperty(element, 'clientHeight', { value: height })
  const moved = vi.fn()
  const watch = watchScroll(element)
  const stop = watch.subscribe(moved)
  const scroll = (by: number, after: number) => {
    vi.advanceTimersByTime(after)
    element.scrollTop += by
    element.dispatchEvent(new Event('scroll'))
  }
  return { watch, moved, stop, scroll }
}

it('tells a flight from reading by how much of what is seen goes by', () => {
  const { watch, scroll, moved } = list(400)
  scroll(10, 0)
  scroll(20, 16)
  expect(watch.isFlying(), 'three windows a second').toBe(false)
  scroll(60, 16)
  expect(watch.isFlying(), 'nine windows a second').toBe(true)
  expect(moved).toHaveBeenCalledTimes(3)
})

it('takes no single jump for a flight', () => {
  const { watch, scroll } = list(400)
  scroll(20_000, 0)
  expect(watch.isFlying()).toBe(false)
})

it('ends a flight when nothing moves any more, and says so', () => {
  const { watch, scroll, moved } = list(400)
  scroll(10, 0)
  scroll(300, 16)
  expect(watch.isFlying()).toBe(true)
  vi.advanceTimersByTime(99)
  expect(watch.isFlying()).toBe(true)
  vi.advanceTimersByTime(1)
  expect(watch.isFlying()).toBe(false)
  expect(moved).toHaveBeenCalledTimes(3)
})

it('hears nothing when nobody listens', () => {
  const { watch, scroll, moved, stop } = list(400)
  scroll(10, 0)
  stop()
  scroll(300, 16)
  expect(watch.isFlying()).toBe(false)
  expect(moved).toHaveBeenCalledTimes(1)
})
