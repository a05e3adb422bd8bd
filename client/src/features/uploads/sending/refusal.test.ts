import { describe, expect, it } from 'vitest'

import { inspect, refusalAtSight, refusalByContent } from './refusal'
import { acceptAttribute, sniff } from './sniff'
import { config, photo } from './testing'

async function all<T>(parts: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const part of parts) {
    found.push(part)
  }
  return found
}

describe('what is refused before sending', () => {
  it('takes what keeps to every limit exactly', () => {
    expect(refusalAtSight({ name: `${'x'.repeat(16)}.jpg`, size: 1000 }, config)).toBeNull()
  })

  it('names the limit that is broken', () => {
    expect(refusalAtSight({ name: 'a.jpg', size: 0 }, config)).toEqual({ kind: 'empty' })
    expect(refusalAtSight({ name: 'a.jpg', size: 1001 }, config)).toEqual({ kind: 'tooLarge', limit: 1000 })
    expect(refusalAtSight({ name: `${'x'.repeat(17)}.jpg`, size: 1 }, config)).toEqual({
      kind: 'nameTooLong',
      length: 21,
      limit: 20,
    })
  })

  it('counts characters as the server does', () => {
    // 20 emoji are 40 UTF-16 units; an e with a combining accent is one character.
    expect(refusalAtSight({ name: '📷'.repeat(20), size: 1 }, config)).toBeNull()
    expect(refusalAtSight({ name: 'e\u0301'.repeat(20), size: 1 }, config)).toBeNull()
  })

  it('judges by content, not by name', async () => {
    expect(await refusalByContent(photo('notes.txt'), config)).toBeNull()
    const text = new File(['just text'], 'cat.jpg', { type: 'image/jpeg' })
    expect(await refusalByContent(text, config)).toEqual({ kind: 'type', accepted: config.acceptedTypes })
  })

  it('refuses a picture of a type that this server does not take', async () => {
    expect(await refusalByContent(new File(['GIF89a....'], 'a.gif'), config)).toMatchObject({ kind: 'type' })
  })

  it('says so when a file cannot be read', async () => {
    const gone = photo('a.jpg')
    gone.slice = () => ({ arrayBuffer: () => Promise.reject(new DOMException('gone', 'NotFoundError')) }) as never
    expect(await refusalByContent(gone, config)).toEqual({ kind: 'unreadable' })
  })

  it('looks into many files in their order, and takes one new version at a time', async () => {
    const files = Array.from({ length: 7 }, (_, i) => photo(`${i}.jpg`, i === 5 ? 0 : 10))
    const faults = await all(inspect(files, null, config))
    expect(faults.map(({ at }) => at)).toEqual([0, 4])
    const flat = faults.flatMap((part) => part.faults)
    expect(flat.map((fault, i) => (fault === null ? -1 : i)).filter((i) => i >= 0)).toEqual([5])
    const versions = await all(inspect(files.slice(0, 2), 'file', config))
    expect(versions[0]?.faults).toEqual([null, { kind: 'oneVersion' }])
  })
})

describe('sniff', () => {
  const bytes = (text: string) => Uint8Array.from(text, (char) => char.charCodeAt(0))
  it.each([
    ['\xff\xd8\xff\xe0', 'image/jpeg'],
    ['\x89PNG\r\n\x1a\n', 'image/png'],
    ['RIFF\0\0\0\0WEBPVP8 ', 'image/webp'],
    ['RIFF\0\0\0\0WAVEfmt ', null],
    ['GIF87a', 'image/gif'],
    ['II*\0\x08\0\0\0', 'image/tiff'],
    ['MM\0+\0\x08\0\0', 'image/tiff'],
    ['II*\0\x10\0\0\0CR\x02\0', null],
    ['\0\0\0\x1cftypavif\0\0\0\0', 'image/avif'],
    ['\0\0\0\x1cftypheix\0\0\0\0', 'image/heic'],
    ['\0\0\0\x1cftypmif1\0\0\0\0mif1avif', 'image/avif'],
    ['\0\0\0\x1cftypmif1\0\0\0\0mif1heic', 'image/heic'],
    ['\0\0\0\x1cftypisom\0\0\0\0', null],
    ['%PDF-1.7', null],
    ['<svg xmlns=', null],
    ['', null],
  ])('knows %j', (head, type) => {
    expect(sniff(bytes(head))).toBe(type)
  })

  it('lists types with their endings for the file dialog', () => {
    expect(acceptAttribute(['image/png', 'image/heic'])).toBe('image/png,.png,image/heic,.heic,.heif')
  })
})
