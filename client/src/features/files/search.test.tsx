import { act, fireEvent, screen, waitFor } from '@testing-library/react'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { createSelection } from '../../components/files/selection'
import type { FilePage, StoredFile } from '../../lib/api/types'
import { renderApp, testClient } from '../../testing/render'
import { filesQuery, loadRest, useFiles } from './api/listFiles'
import { SelectionBar } from './components/SelectionBar'
import { everything } from './listParams'
import messages from './messages/en'
import { testFile, testList } from './testing'
import { useSelectAll } from './useChosen'
import { sparseEnd, useSearching } from './useSearching'

let asked: string[]
let answer: (n: number) => readonly StoredFile[]
let pageCount: number
let hold: Promise<void>

/** A server of numbered pages; what is on each is the test's to say. */
beforeEach(() => {
  asked = []
  answer = () => []
  pageCount = 60
  hold = Promise.resolve()
  vi.stubGlobal('fetch', async (request: Request) => {
    const cursor = new URL(request.url).searchParams.get('cursor') ?? '0'
    asked.push(cursor)
    await hold
    request.signal.throwIfAborted()
    const n = Number(cursor)
    const page: FilePage = { items: [...answer(n)], nextCursor: n + 1 < pageCount ? String(n + 1) : null }
    return Response.json(page)
  })
})
afterEach(() => {
  vi.unstubAllGlobals()
  see('visible')
})

function see(state: DocumentVisibilityState) {
  Object.defineProperty(document, 'visibilityState', { value: state, configurable: true })
  document.dispatchEvent(new Event('visibilitychange'))
}

const search = { ...everything, q: 'needle' }

/** A list whose end is always in sight. */
function List() {
  const list = useFiles(search)
  const { long, paused, loadMore, goOn } = useSearching(list)
  if (list.hasNextPage) {
    queueMicrotask(loadMore)
  }
  return (
    <>
      <p>{list.files.map(({ name }) => name).join()}</p>
      {long && !paused && <p>still searching</p>}
      {paused && <button onClick={goOn}>go on</button>}
    </>
  )
}

describe('a search with pages that have nothing', () => {
  it('goes on by itself to what it finds, and asks after a long while', async () => {
    answer = (n) => (n === 3 ? [testFile(1)] : [])
    await renderApp(<List />)
    await screen.findByText('photo 1.jpg')
    const goOn = await screen.findByRole('button', { name: 'go on' })
    expect(asked).toHaveLength(25)
    expect(screen.queryByText('still searching')).toBeNull()
    fireEvent.click(goOn)
    await screen.findByText('still searching')
    await screen.findByRole('button', { name: 'go on' })
    expect(asked).toHaveLength(50)
    fireEvent.click(screen.getByRole('button', { name: 'go on' }))
    await waitFor(() => expect(asked).toHaveLength(60))
    await waitFor(() => expect(screen.queryByText('still searching')).toBeNull())
  })

  it('rests while nobody looks', async () => {
    see('hidden')
    await renderApp(<List />)
    await waitFor(() => expect(asked).toHaveLength(1))
    await act(() => new Promise((done) => setTimeout(done, 50)))
    expect(asked).toHaveLength(1)
    act(() => see('visible'))
    await screen.findByRole('button', { name: 'go on' })
    expect(asked).toHaveLength(25)
  })

  it('counts the pages at its end that have hardly anything', () => {
    const page = (count: number) => Array.from({ length: count }, (_, n) => testFile(n))
    expect(sparseEnd(testList([]).pages)).toBe(0)
    expect(sparseEnd(testList([page(200), page(3), []]).pages)).toBe(2)
    expect(sparseEnd(testList([[], [], page(20)]).pages)).toBe(0)
  })
})

describe('the rest of a list', () => {
  const { queryKey } = filesQuery(everything)
  const first = () => {
    const list = testList([[testFile(900)]])
    return { ...list, pages: list.pages.map((page) => ({ ...page, nextCursor: '1' })) }
  }

  it('comes behind what is there, each page once', async () => {
    answer = (n) => [testFile(n)]
    const client = testClient()
    client.setQueryData(queryKey, first())
    const all = await loadRest(client, everything, new AbortController().signal, vi.fn())
    expect(all.map(({ id }) => id)).toEqual([
      testFile(900).id,
      ...Array.from({ length: 59 }, (_, n) => testFile(n + 1).id),
    ])
    expect(client.getQueryData(queryKey)?.pageParams).toHaveLength(60)
    expect(asked).toHaveLength(59)
  })

  it('keeps what happened to the list meanwhile', async () => {
    answer = (n) => [testFile(n)]
    pageCount = 2
    const client = testClient()
    client.setQueryData(queryKey, first())
    let go: () => void = () => undefined
    hold = new Promise((done) => {
      go = done
    })
    const rest = loadRest(client, everything, new AbortController().signal, vi.fn())
    await waitFor(() => expect(asked).toEqual(['1']))
    const news = testFile(901)
    client.setQueryData(
      queryKey,
      (old) => old && { ...old, pages: old.pages.map((page) => ({ ...page, items: [news, ...page.items] })) },
    )
    go()
    expect((await rest).map(({ id }) => id)).toEqual([news.id, testFile(900).id, testFile(1).id])
  })

  it('is selected when it is here, unless the selection has ended', async () => {
    answer = (n) => [testFile(n)]
    pageCount = 3
    const selection = createSelection()
    function Page() {
      const list = useFiles(everything)
      const selectAll = useSelectAll(selection, list, everything)
      return (
        <SelectionBar
          selection={selection}
          selectAll={selectAll}
          actions={[{ label: 'x', Icon: () => null, run: selectAll.run }] as never}
        />
      )
    }
    const { client } = await renderApp(<Page />, { messages: { files: messages } })
    await waitFor(() => expect(client.getQueryData(queryKey)?.pages).toHaveLength(1))
    let go: () => void = () => undefined
    hold = new Promise((done) => {
      go = done
    })
    act(() => selection.getState().toggle(testFile(0).id))
    fireEvent.click(await screen.findByRole('button', { name: 'Select all' }))
    await screen.findByText('Finding the rest… 1 so far')
    act(() => selection.getState().clear())
    go()
    await waitFor(() => expect(screen.queryByText(/Finding/)).toBeNull())
    expect(selection.getState().ids.size).toBe(0)
    act(() => selection.getState().toggle(testFile(0).id))
    fireEvent.click(await screen.findByRole('button', { name: 'Select all' }))
    await waitFor(() => expect(selection.getState().ids.size).toBe(3))
  })
})
