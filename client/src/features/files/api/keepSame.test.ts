import { describe, expect, it } from 'vitest'

import type { StoredFile } from '../../../lib/api/types'
import { testFile, testList } from '../testing'
import { keepSame } from './keepSame'

const idsOf = (files: readonly StoredFile[] | undefined) => files?.map(({ id }) => id)

describe('a list of files that is asked for again', () => {
  const [a, b, c] = [1, 2, 3].map((n) => testFile(n))
  const before = testList([[a, b], [c]] as StoredFile[][])
  /** As if it came from the server again, with something else about the last one. */
  const again = (change: Partial<StoredFile> = {}) => testList([[testFile(1), testFile(2)], [testFile(3, change)]])

  it('is the one of before when there is no news', () => {
    expect(keepSame(undefined, before)).toBe(before)
    expect(keepSame(before, again())).toBe(before)
  })

  it.each([
    ['that it was changed', { updatedAt: '2030-01-01T00:00:00Z' }],
    ['a name', { name: 'other.jpg' }],
    ['a new version', { versionCount: 2 }],
    ['a restored version', { currentVersion: 2 }],
    ['another small picture', { links: { ...testFile(3).links, thumb: '/other' } }],
    ['the trash', { trashedAt: '2030-01-01T00:00:00Z' }],
  ])('notices %s, and keeps all the rest', (_, change) => {
    const kept = keepSame(before, again(change))
    expect(kept.pages[1]?.items[0]).toMatchObject(change)
    expect(kept.pages[0]).toBe(before.pages[0])
  })

  it('keeps the files of a page of which one has changed', () => {
    const kept = keepSame(before, testList([[testFile(1), testFile(2, { name: 'other.jpg' })], [testFile(3)]]))
    expect(kept.pages[0]?.items[0]).toBe(a)
    expect(kept.pages[0]?.items[1]).not.toBe(b)
  })

  it('grows, shrinks, moves and ends elsewhere', () => {
    const longer = testList([[testFile(1), testFile(2)], [testFile(3)], [testFile(4)]])
    expect(keepSame(before, longer).pages.map(({ items }) => items.length)).toEqual([2, 1, 1])
    expect(keepSame(before, testList([[testFile(1), testFile(2)]])).pages).toHaveLength(1)
    const moved = testList([[testFile(2), testFile(1)], [testFile(3)]])
    expect(idsOf(keepSame(before, moved).pages[0]?.items)).toEqual([b?.id, a?.id])
    expect(keepSame(before, testList([[testFile(1), testFile(2)], [testFile(3)]], true)).pages[1]?.nextCursor).toBe(
      'cursor-1',
    )
  })
})
