import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import type { StoredFile, User } from '../../lib/api/types'
import type { FileAction, ServerEvent } from '../../lib/events/parse'
import { meQuery } from '../../lib/session/session'
import { testClient } from '../../testing/render'
import { type FileList, goneFrom, putFiles } from './api/cache'
import { fileKeys } from './api/keys'
import { everything, type ListParams, trash } from './listParams'
import { applyFileEvent } from './live'
import { testFile, testList } from './testing'

const me = { id: 'me' } as User

function told(action: FileAction, file: StoredFile): ServerEvent {
  return { kind: 'file', action, id: file.id, file }
}

function setUp(lists: readonly (readonly [ListParams, FileList])[]) {
  const client = testClient()
  client.setQueryData(meQuery.queryKey, me)
  for (const [params, list] of lists) {
    client.setQueryData(fileKeys.list(params), list)
  }
  const names = (params: ListParams) =>
    client
      .getQueryData<FileList>(fileKeys.list(params))
      ?.pages.map((page) => page.items.map(({ name }) => name[6]).join(''))
  const isStale = (key: readonly unknown[]) => client.getQueryState(key)?.isInvalidated
  return { client, names, isStale }
}

/** As of a later change. */
function changed(file: StoredFile, change: Partial<StoredFile>): StoredFile {
  return { ...file, updatedAt: new Date(Date.parse(file.updatedAt) + 60_000).toISOString(), ...change }
}

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

describe('many files at once', () => {
  it('leave a list, come back to where they were, and leave other pages as they are', () => {
    const pages = [
      [testFile(9), testFile(8)],
      [testFile(7), testFile(6)],
      [testFile(3), testFile(2)],
    ]
    const { client, names } = setUp([
      [everything, testList(pages, true)],
      [trash, testList([[]])],
    ])
    const first = client.getQueryData<FileList>(fileKeys.list(everything))?.pages[0]
    const some = [testFile(3), testFile(7), testFile(6)]
    putFiles(
      client,
      some.map((file) => changed(file, { trashedAt: '2026-02-01T00:00:00Z' })),
    )
    expect([names(everything), names(trash)]).toEqual([['98', '', '2'], ['763']])
    expect(client.getQueryData<FileList>(fileKeys.list(everything))?.pages[0]).toBe(first)
    putFiles(
      client,
      [...some, testFile(1)].map((file) => changed(file, {})),
    )
    // The oldest is behind what is loaded.
    expect([names(everything)?.join(''), names(trash)]).toEqual(['987632', ['']])
  })

  it('are known to be gone by the pages that changed', () => {
    const { pages } = testList([[testFile(1), testFile(2)], [testFile(3)], [testFile(4)]])
    expect(goneFrom(pages, pages)).toEqual(new Set())
    const less = pages.map((page, i) => (i === 0 ? { ...page, items: [testFile(2)] } : page))
    expect(goneFrom(pages, less)).toEqual(new Set([testFile(1).id]))
    // Moved to another page is not gone.
    const moved = [...testList([[testFile(2)], [testFile(1), testFile(3)]]).pages, ...pages.slice(2)]
    expect(goneFrom(pages, moved)).toEqual(new Set())
    expect(goneFrom(pages, []).size).toBe(4)
  })
})

describe('news of files', () => {
  it('puts a new file on top of the newest', () => {
    const { client, names } = setUp([[everything, testList([[testFile(3), testFile(2)], [testFile(1)]])]])
    applyFileEvent(client, told('created', testFile(4)))
    expect(names(everything)).toEqual(['432', '1'])
    applyFileEvent(client, told('created', testFile(4)))
    expect(names(everything)).toEqual(['432', '1'])
  })

  it('puts a file that comes back where it was', () => {
    const { client, names } = setUp([
      [everything, testList([[testFile(5), testFile(4)], [testFile(2)]])],
      [trash, testList([[testFile(3, { trashedAt: '2026-02-01T00:00:00Z' })]])],
    ])
    applyFileEvent(client, told('restored', changed(testFile(3), {})))
    expect(names(everything)).toEqual(['54', '32'])
    expect(names(trash)).toEqual([''])
  })

  it('leaves to the next page what belongs there', () => {
    const some = setUp([[everything, testList([[testFile(5), testFile(4)]], true)]])
    applyFileEvent(some.client, told('restored', testFile(1)))
    expect(some.names(everything)).toEqual(['54'])
    const all = setUp([[everything, testList([[testFile(5), testFile(4)]])]])
    applyFileEvent(all.client, told('restored', testFile(1)))
    expect(all.names(everything)).toEqual(['541'])
  })

  it('moves a file to the trash and to nowhere', () => {
    const { client, names } = setUp([
      [everything, testList([[testFile(2), testFile(1)]])],
      [trash, testList([[]])],
    ])
    const gone = changed(testFile(2), { trashedAt: '2026-02-01T00:00:00Z' })
    applyFileEvent(client, told('trashed', gone))
    expect([names(everything), names(trash)]).toEqual([['1'], ['2']])
    applyFileEvent(client, { kind: 'file', action: 'deleted', id: gone.id, file: null })
    expect([names(everything), names(trash)]).toEqual([['1'], ['']])
  })

  it('keeps to the search of a list', () => {
    const search = { ...everything, q: 'PHOTO 1' }
    const { client, names } = setUp([[search, testList([[testFile(1)]])]])
    applyFileEvent(client, told('created', testFile(2)))
    expect(names(search)).toEqual(['1'])
    applyFileEvent(client, told('updated', changed(testFile(1), { name: 'else.jpg' })))
    expect(names(search)).toEqual([''])
  })

  it('sorts by size by itself, and asks the server for the order of names', () => {
    const bySize: ListParams = { ...everything, sort: 'size' }
    const byName: ListParams = { ...everything, sort: 'name', order: 'asc' }
    const { client, names, isStale } = setUp([
      [bySize, testList([[testFile(3), testFile(2), testFile(1)]])],
      [byName, testList([[testFile(1), testFile(2), testFile(3)]])],
    ])
    applyFileEvent(client, told('updated', changed(testFile(3), { size: 1500 })))
    expect(names(bySize)).toEqual(['231'])
    vi.runAllTimers()
    expect(isStale(fileKeys.list(byName))).toBe(false)
    applyFileEvent(client, told('created', testFile(4)))
    expect(isStale(fileKeys.list(byName))).toBe(false)
    vi.runAllTimers()
    expect(isStale(fileKeys.list(byName))).toBe(true)
    expect(isStale(fileKeys.list(bySize))).toBe(false)
  })

  it('drops news that is older than what is known', () => {
    const now = changed(testFile(1), { name: 'photo 9.jpg' })
    const { client, names } = setUp([[everything, testList([[now]])]])
    applyFileEvent(client, told('updated', testFile(1)))
    expect(names(everything)).toEqual(['9'])
  })

  it('brings a new version into the details', () => {
    const { client, isStale } = setUp([])
    client.setQueryData(fileKeys.one(testFile(1).id), testFile(1))
    client.setQueryData(fileKeys.versions(testFile(1).id), 'versions')
    const next = changed(testFile(1), { currentVersion: 2, versionCount: 2 })
    applyFileEvent(client, told('updated', next))
    expect(client.getQueryData(fileKeys.one(next.id))).toEqual(next)
    vi.runAllTimers()
    expect(isStale(fileKeys.versions(next.id))).toBe(true)
  })

  it('asks once for the space in use after many', () => {
    const { client } = setUp([[everything, testList([[]])]])
    const invalidate = vi.spyOn(client, 'invalidateQueries')
    for (let n = 0; n < 50; n++) {
      applyFileEvent(client, told('created', testFile(n)))
    }
    expect(invalidate).not.toHaveBeenCalledWith({ queryKey: meQuery.queryKey })
    vi.runAllTimers()
    expect(invalidate.mock.calls.filter(([filter]) => filter?.queryKey === meQuery.queryKey)).toHaveLength(1)
  })

  it('leaves out the files of others', () => {
    const { client, names } = setUp([[everything, testList([[testFile(1)]])]])
    applyFileEvent(client, told('created', testFile(2, { ownerId: 'someone' })))
    expect(names(everything)).toEqual(['1'])
  })

  it('asks for everything again when news may have been missed', () => {
    const { client, isStale } = setUp([[everything, testList([[testFile(1)]])]])
    applyFileEvent(client, { kind: 'resync' })
    expect(isStale(fileKeys.list(everything))).toBe(true)
    expect(isStale(meQuery.queryKey)).toBe(true)
  })
})
