import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { useTransfers } from '../stores/transfers'
import { SendQueue, type QueueParts } from './queue'
import { config, failure, fakeAttempts, fakeKeeper, photo } from './testing'

const rows = () => [...useTransfers.getState().rows.values()]
const rowOf = (name: string) => {
  const row = rows().find((one) => one.name === name)
  if (row === undefined) {
    throw new Error(`no row of ${name}`)
  }
  return row
}
const stage = (name: string) => rowOf(name).transfer.stage
const settle = () => vi.advanceTimersByTimeAsync(0)

function start(change: Partial<QueueParts> = {}) {
  const attempts = fakeAttempts()
  const keeper = fakeKeeper()
  const discard = vi.fn<QueueParts['discard']>().mockResolvedValue()
  const refresh = vi.fn<QueueParts['refresh']>().mockResolvedValue('refreshed')
  const queue = new SendQueue({
    start: attempts.start,
    keeper,
    config: () => Promise.resolve(config),
    refresh,
    discard,
    ...change,
  })
  return { queue, attempts, keeper, discard, refresh }
}

const url = (id: string) => `https://example.org/api/v1/uploads/tus/${id}`

beforeEach(() => {
  vi.useFakeTimers()
  useTransfers.getState().clear()
})
afterEach(() => vi.useRealTimers())

describe('the queue', () => {
  it('sends three at a time, in order, and takes the next when one is sent', async () => {
    const { queue, attempts } = start()
    await queue.add(['a', 'b', 'c', 'd', 'e'].map((name) => photo(name)))
    expect(attempts.made.map(({ request }) => request.name)).toEqual(['a', 'b', 'c'])
    expect(stage('d')).toBe('waiting')
    attempts.at('b').events.onSent('upload-b')
    expect(rowOf('b')).toMatchObject({ uploadId: 'upload-b', transfer: { stage: 'sent', uploadId: 'upload-b' } })
    expect(attempts.at('d').request.name).toBe('d')
    expect(attempts.made).toHaveLength(4)
  })

  it('keeps to a server that allows fewer', async () => {
    const limits = { ...config.limits, concurrentUploads: 1 }
    const { queue, attempts } = start({ config: () => Promise.resolve({ ...config, limits }) })
    await queue.add([photo('a'), photo('b')])
    expect(attempts.made).toHaveLength(1)
  })

  it('sends nothing of what it refuses', async () => {
    const { queue, attempts, keeper } = start()
    await queue.add([photo('empty', 0), photo('large', 2000), new File(['text'], 'text.txt'), photo('good')])
    await settle()
    expect(attempts.made.map(({ request }) => request.name)).toEqual(['good'])
    expect(rowOf('empty').transfer).toEqual({ stage: 'refused', reason: { kind: 'empty' } })
    expect(stage('large')).toBe('refused')
    expect(stage('text.txt')).toBe('refused')
    expect([...keeper.kept.values()].map(({ file }) => file.name)).toEqual(['good'])
  })

  it('leaves it to the server when the limits are not known', async () => {
    const { queue, attempts } = start({ config: () => Promise.resolve(null) })
    await queue.add([new File(['text'], 'text.txt')])
    expect(attempts.made).toHaveLength(1)
  })

  it('writes the progress of many files by one change, twice a second at most', async () => {
    const { queue, attempts } = start()
    await queue.add([photo('a'), photo('b')])
    await settle()
    const writes = vi.fn()
    const leave = useTransfers.subscribe(writes)
    for (let sent = 1; sent <= 50; sent++) {
      attempts.at('a').events.onProgress(sent)
      attempts.at('b').events.onProgress(sent)
    }
    await vi.advanceTimersByTimeAsync(499)
    expect(writes).not.toHaveBeenCalled()
    await vi.advanceTimersByTimeAsync(1)
    leave()
    expect(writes).toHaveBeenCalledTimes(1)
    expect(rowOf('a').transfer).toMatchObject({ stage: 'sending', sent: 50, total: 100 })
    expect(rowOf('b').transfer).toMatchObject({ stage: 'sending', sent: 50 })
  })
})

describe('a lost connection', () => {
  it('is waited for, and gone on from where the server has it', async () => {
    const { queue, attempts } = start()
    await queue.add([photo('a')])
    const first = attempts.at('a')
    first.events.onUrl(url('up-1'))
    first.events.onProgress(40)
    first.events.onFailure(failure(0))
    await settle()
    expect(rowOf('a').transfer).toEqual({ stage: 'held', sent: 40, why: 'offline' })
    await vi.advanceTimersByTimeAsync(1000)
    expect(attempts.made).toHaveLength(2)
    expect(attempts.at('a').request.url).toBe(url('up-1'))
    expect(stage('a')).toBe('held') // nothing has come through yet
    attempts.at('a').events.onUrl(url('up-1'))
    expect(rowOf('a').transfer).toMatchObject({ stage: 'sending', sent: 40 })
  })

  it('is tried at once when the network is back', async () => {
    const { queue, attempts } = start()
    await queue.add([photo('a')])
    for (let i = 0; i < 6; i++) {
      attempts.at('a').events.onFailure(failure(0))
      await settle()
      queue.wake()
    }
    expect(attempts.made).toHaveLength(7)
    expect(stage('a')).toBe('held')
  })

  it('does not let the files behind run into it too', async () => {
    const { queue, attempts } = start()
    await queue.add(['a', 'b', 'c', 'd'].map((name) => photo(name)))
    for (const name of ['a', 'b', 'c']) {
      attempts.at(name).events.onFailure(failure(0))
    }
    await settle()
    expect(stage('d')).toBe('waiting')
  })

  it('is told from a file that was deleted', async () => {
    const { queue, attempts } = start()
    const file = photo('a')
    await queue.add([file])
    file.slice = () => ({ arrayBuffer: () => Promise.reject(new DOMException('gone', 'NotFoundError')) }) as never
    attempts.at('a').events.onFailure(failure(0))
    await settle()
    expect(rowOf('a').transfer).toEqual({ stage: 'refused', reason: { kind: 'unreadable' } })
  })
})

describe('answers of the server', () => {
  it('renews the session and goes on', async () => {
    const { queue, attempts, refresh } = start()
    await queue.add([photo('a')])
    attempts.at('a').events.onUrl(url('up-1'))
    attempts.at('a').events.onFailure(failure(401))
    await settle()
    expect(refresh).toHaveBeenCalledTimes(1)
    expect(attempts.at('a').request.url).toBe(url('up-1'))
    expect(attempts.made).toHaveLength(2)
  })

  it('renews the session after a lost connection too, but not twice for nothing', async () => {
    const { queue, attempts, refresh } = start()
    await queue.add([photo('a')])
    attempts.at('a').events.onUrl(url('up-1'))
    attempts.at('a').events.onFailure(failure(0))
    await settle()
    queue.wake()
    attempts.at('a').events.onFailure(failure(401))
    await settle()
    expect(refresh).toHaveBeenCalledTimes(1)
    attempts.at('a').events.onFailure(failure(401))
    await settle()
    expect(refresh).toHaveBeenCalledTimes(1)
    expect(rowOf('a').transfer).toMatchObject({ stage: 'held', why: 'session' })
  })

  it('gives up on a server that takes nothing, although it says where to go on', async () => {
    const { queue, attempts } = start()
    await queue.add([photo('a')])
    for (let i = 0; i < 6; i++) {
      attempts.at('a').events.onUrl(url('up-1'))
      attempts.at('a').events.onProgress(50)
      attempts.at('a').events.onFailure(failure(500, { code: 'internal' }))
      await settle()
      queue.wake()
    }
    expect(rowOf('a').transfer).toMatchObject({ stage: 'failed', code: 'internal' })
  })

  it('waits for whoever was signed out', async () => {
    const { queue, attempts } = start({ refresh: () => Promise.resolve('signed-out') })
    await queue.add([photo('a')])
    attempts.at('a').events.onFailure(failure(401))
    await settle()
    expect(rowOf('a').transfer).toMatchObject({ stage: 'held', why: 'session' })
    queue.wake()
    expect(attempts.made).toHaveLength(2)
  })

  it('begins anew what the server has forgotten', async () => {
    const { queue, attempts } = start()
    await queue.add([photo('a')])
    attempts.at('a').events.onUrl(url('up-1'))
    attempts.at('a').events.onFailure(failure(410))
    await settle()
    expect(attempts.at('a').request.url).toBeNull()
  })

  it('waits as long as a busy server asks', async () => {
    const { queue, attempts } = start()
    await queue.add([photo('a')])
    attempts.at('a').events.onFailure(failure(429, { retryAfter: 10 }))
    await vi.advanceTimersByTimeAsync(9999)
    expect(attempts.made).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(1)
    expect(attempts.made).toHaveLength(2)
  })

  it('ends with the reason, lets the next one go, and can be sent again', async () => {
    const { queue, attempts, keeper } = start()
    await queue.add(['a', 'b', 'c', 'd'].map((name) => photo(name)))
    attempts.at('a').events.onFailure(failure(507, { code: 'quota_exceeded', requestId: 'r1' }))
    await settle()
    expect(rowOf('a').transfer).toMatchObject({ stage: 'failed', code: 'quota_exceeded', requestId: 'r1' })
    expect(stage('d')).toBe('sending')
    expect([...keeper.kept.values()].some(({ file }) => file.name === 'a')).toBe(false)
    queue.resume([rowOf('a').id])
    expect(stage('a')).toBe('waiting')
    attempts.at('b').events.onSent('up-b')
    expect(stage('a')).toBe('sending')
  })
})

describe('pausing and canceling', () => {
  it('stops, lets the next one go, and goes on before what waits', async () => {
    const { queue, attempts, keeper } = start()
    await queue.add(['a', 'b', 'c', 'd', 'e'].map((name) => photo(name)))
    attempts.at('a').events.onUrl(url('up-1'))
    attempts.at('a').events.onProgress(30)
    const { id } = rowOf('a')
    queue.pause([id])
    await settle()
    expect(attempts.at('a').stopped).toBe(true)
    expect(rowOf('a').transfer).toEqual({ stage: 'paused', sent: 30 })
    expect(keeper.kept.get(id)).toMatchObject({ paused: true, url: url('up-1') })
    expect(stage('d')).toBe('sending')
    queue.resume([id])
    expect(stage('a')).toBe('waiting')
    attempts.at('b').events.onSent('up-b')
    expect(stage('a')).toBe('sending')
    expect(stage('e')).toBe('waiting')
    expect(attempts.at('a').request.url).toBe(url('up-1'))
  })

  it('tells the server of what it had begun, and forgets the bytes', async () => {
    const { queue, attempts, keeper, discard } = start()
    await queue.add([photo('a'), photo('b')])
    attempts.at('a').events.onUrl(url('up-1'))
    queue.cancel([rowOf('a').id, rowOf('b').id])
    await settle()
    expect(stage('a')).toBe('canceled')
    expect(discard.mock.calls).toEqual([['up-1']])
    expect(keeper.kept.size).toBe(0)
    queue.resume([rowOf('a').id])
    expect(attempts.at('a').request.url).toBeNull()
  })
})

describe('what outlives a reload', () => {
  it('goes on where it was, and leaves paused what was paused', async () => {
    const { queue, attempts, keeper } = start()
    await queue.add([photo('a'), photo('b')])
    attempts.at('a').events.onUrl(url('up-1'))
    queue.pause([rowOf('b').id])
    await settle()

    useTransfers.getState().clear()
    const next = start({ keeper })
    await next.queue.restore()
    expect(next.attempts.made.map(({ request }) => [request.name, request.url])).toEqual([['a', url('up-1')]])
    expect(rowOf('a')).toMatchObject({ uploadId: 'up-1', kept: true })
    expect(stage('b')).toBe('paused')
  })

  it('is nothing of what was sent or of who signed out', async () => {
    const { queue, attempts, keeper } = start()
    await queue.add([photo('a'), photo('b')])
    await settle()
    expect(rowOf('a').kept).toBe(true)
    attempts.at('a').events.onSent('up-a')
    await settle()
    expect([...keeper.kept.values()].map(({ file }) => file.name)).toEqual(['b'])
    queue.end()
    await settle()
    expect(keeper.kept.size).toBe(0)
    expect(attempts.at('b').stopped).toBe(true)
    expect(rows()).toEqual([])
  })
})
