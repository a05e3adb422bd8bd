import { describe, expect, it, vi } from 'vitest'

import { type Before, decide, pauseBefore, untilTold } from './failure'
import { Meter, secondsLeft } from './speed'
import { failure } from './testing'

const before = (change: Partial<Before> = {}): Before => ({ failures: 1, begun: true, renewed: false, ...change })

describe('what is done after a failure', () => {
  it('waits for the network however often it failed', () => {
    expect(decide(failure(0), before({ failures: 1000 }))).toEqual({ action: 'wait', why: 'offline' })
  })

  it.each([
    [failure(401), { action: 'refresh' }],
    [failure(429, { code: 'too_many_uploads' }), { action: 'wait', why: 'busy' }],
    [failure(423, { code: 'locked' }), { action: 'wait', why: 'server' }],
    [failure(409, { code: 'wrong_offset' }), { action: 'wait', why: 'server' }],
    [failure(400, { code: 'upload_interrupted' }), { action: 'wait', why: 'server' }],
    [failure(503, { code: 'unavailable' }), { action: 'wait', why: 'server' }],
    [failure(507, { code: 'quota_exceeded' }), { action: 'fail' }],
    [failure(409, { code: 'file_trashed' }), { action: 'fail' }],
    [failure(415, { code: 'unsupported_media_type' }), { action: 'fail' }],
    [failure(410, { code: 'gone' }), { action: 'restart' }],
  ])('%o', (what, decision) => {
    expect(decide(what, before())).toEqual(decision)
  })

  it('fails on a 404 that is not of the upload but of its file', () => {
    expect(decide(failure(404), before({ begun: false }))).toEqual({ action: 'fail' })
  })

  it('waits for a person where a fresh token is refused too', () => {
    expect(decide(failure(401), before({ renewed: true }))).toEqual({ action: 'wait', why: 'session' })
  })

  it('gives up on a server that makes the same mistake again and again', () => {
    expect(decide(failure(500), before({ failures: 5 })).action).toBe('wait')
    expect(decide(failure(500), before({ failures: 6 })).action).toBe('fail')
  })

  it('waits from one second to thirty, or as long as it is asked to', () => {
    expect(pauseBefore(1, null, () => 1)).toBe(1000)
    expect(pauseBefore(3, null, () => 0)).toBe(2000)
    expect(pauseBefore(50, null, () => 1)).toBe(30_000)
    expect(pauseBefore(1, 12, () => 0)).toBe(12_000)
  })

  it('tells the server until it answers', async () => {
    vi.useFakeTimers()
    const tell = vi.fn<() => Promise<void>>().mockRejectedValueOnce(new Error('away')).mockResolvedValueOnce()
    const told = untilTold(tell)
    await vi.runAllTimersAsync()
    await told
    expect(tell).toHaveBeenCalledTimes(2)
    vi.useRealTimers()
  })
})

describe('the speed', () => {
  it('is not told by one measurement, and smooths what comes', () => {
    const meter = new Meter()
    expect(meter.measure(0, 0)).toBeNull()
    expect(meter.measure(1000, 1000)).toBe(1000)
    const after = meter.measure(3000, 2000)
    expect(after).toBeGreaterThan(1000)
    expect(after).toBeLessThan(2000)
  })

  it('begins anew when bytes have to be sent again', () => {
    const meter = new Meter()
    meter.measure(0, 0)
    meter.measure(5000, 1000)
    expect(meter.measure(1000, 2000)).toBe(5000)
    expect(meter.measure(6000, 3000)).toBe(5000)
  })

  it('gives no time where nothing moves', () => {
    expect(secondsLeft(100, null)).toBeNull()
    expect(secondsLeft(100, 0)).toBeNull()
    expect(secondsLeft(100, 50)).toBe(2)
  })
})
