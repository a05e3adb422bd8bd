import { InfiniteQueryObserver, QueryObserver } from '@tanstack/react-query'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { testClient } from '../../testing/render'
import { uploadQuery } from './api/upload'
import { uploadsQuery, withNews } from './api/uploads'
import { applyUploadEvent } from './live'
import { upload } from './sending/testing'

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

const seen = (client: ReturnType<typeof testClient>, id: string) => client.getQueryData(uploadQuery(id).queryKey)

describe('progress events', () => {
  it('drops a picture that is older than the one known, whichever comes first', () => {
    const client = testClient()
    applyUploadEvent(client, { kind: 'progress', upload: upload({ id: 'a', seq: 5, percent: 50 }) })
    applyUploadEvent(client, { kind: 'progress', upload: upload({ id: 'a', seq: 3, percent: 30 }) })
    vi.advanceTimersByTime(200)
    expect(seen(client, 'a')).toMatchObject({ seq: 5, percent: 50 })
    applyUploadEvent(client, { kind: 'progress', upload: upload({ id: 'a', seq: 4, percent: 40 }) })
    vi.advanceTimersByTime(200)
    expect(seen(client, 'a')).toMatchObject({ seq: 5 })
    applyUploadEvent(client, { kind: 'progress', upload: upload({ id: 'a', seq: 6, state: 'done' }) })
    vi.advanceTimersByTime(200)
    expect(seen(client, 'a')).toMatchObject({ seq: 6, state: 'done' })
  })

  it('does not let a slow answer overtake an event', async () => {
    const client = testClient()
    let answer: (response: Response) => void = () => undefined
    vi.stubGlobal('fetch', () => new Promise<Response>((resolve) => (answer = resolve)))
    const options = uploadQuery('a')
    const stop = new QueryObserver(client, options).subscribe(() => undefined)
    applyUploadEvent(client, { kind: 'progress', upload: upload({ id: 'a', seq: 9 }) })
    await vi.advanceTimersByTimeAsync(200)
    answer(Response.json(upload({ id: 'a', seq: 2 })))
    await vi.advanceTimersByTimeAsync(10)
    expect(seen(client, 'a')?.seq).toBe(9)
    stop()
    vi.unstubAllGlobals()
  })

  it('draws many at once', () => {
    const client = testClient()
    const drawn = vi.fn()
    const leave = client.getQueryCache().subscribe(drawn)
    applyUploadEvent(client, { kind: 'progress', upload: upload({ id: 'a', seq: 1 }) })
    expect(drawn).not.toHaveBeenCalled()
    vi.advanceTimersByTime(200)
    leave()
    expect(seen(client, 'a')).toBeDefined()
  })

  it('asks for everything in sight again after news may have been missed', () => {
    const client = testClient()
    const invalidated = vi.spyOn(client, 'invalidateQueries')
    applyUploadEvent(client, { kind: 'resync' })
    expect(invalidated).toHaveBeenCalledWith({ queryKey: ['uploads'] })
  })
})

describe('news in a list', () => {
  const pages = (...parts: string[][]) => ({
    pages: parts.map((ids, i) => ({
      items: ids.map((id) => upload({ id, seq: 2 })),
      nextCursor: i === parts.length - 1 ? null : 'next',
    })),
    pageParams: parts.map(() => null),
  })
  const ids = (list: ReturnType<typeof withNews>) => list.pages.map(({ items }) => items.map(({ id }) => id))
  const news = (...uploads: ReturnType<typeof upload>[]) => new Map(uploads.map((one) => [one.id, one]))

  it('puts a new upload at its place', () => {
    expect(ids(withNews(pages(['5', '3'], ['2']), null, news(upload({ id: '6' }), upload({ id: '4' }))))).toEqual([
      ['6', '5', '4', '3'],
      ['2'],
    ])
    expect(ids(withNews(pages([]), null, news(upload({ id: '1' }))))).toEqual([['1']])
  })

  it('leaves out what belongs to a part that is not loaded', () => {
    const list = pages(['5'])
    const open = { ...list, pages: list.pages.map((page) => ({ ...page, nextCursor: 'next' })) }
    expect(ids(withNews(open, null, news(upload({ id: '1' }))))).toEqual([['5']])
  })

  it('moves an upload out of a state it has left, and into the one it is in', () => {
    const done = news(upload({ id: '3', seq: 3, state: 'done' }))
    expect(ids(withNews(pages(['5', '3']), 'processing', done))).toEqual([['5']])
    expect(ids(withNews(pages(['5']), 'done', done))).toEqual([['3']])
  })

  it('keeps the newer picture', () => {
    const list = withNews(pages(['5']), null, news(upload({ id: '5', seq: 1, percent: 99 })))
    expect(list.pages[0]?.items[0]?.percent).toBe(0)
  })

  it('reaches the lists that are shown', async () => {
    const client = testClient()
    vi.stubGlobal('fetch', () => Promise.resolve(Response.json({ items: [upload({ id: '1' })], nextCursor: null })))
    const observer = new InfiniteQueryObserver(client, uploadsQuery('processing'))
    const stop = observer.subscribe(() => undefined)
    await vi.advanceTimersByTimeAsync(10)
    applyUploadEvent(client, { kind: 'progress', upload: upload({ id: '1', seq: 5, state: 'done' }) })
    applyUploadEvent(client, { kind: 'progress', upload: upload({ id: '2' }) })
    await vi.advanceTimersByTimeAsync(300)
    expect(observer.getCurrentResult().data?.pages.map(({ items }) => items.map(({ id }) => id))).toEqual([['2']])
    stop()
    vi.unstubAllGlobals()
  })
})
