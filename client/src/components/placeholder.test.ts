import { describe, expect, it } from 'vitest'

import { colourOf, knownPlaceholder, placeholderOf } from './placeholder'

const hash = '1QcSHQRnh493V4dIh4eXh1h4kJUI'

describe('placeholders', () => {
  it('are made once', () => {
    expect(knownPlaceholder(hash)).toBeUndefined()
    expect(placeholderOf(hash)).toMatch(/^data:image\/png;base64,/)
    expect(knownPlaceholder(hash)).toBe(placeholderOf(hash))
  })

  it('have a colour before', () => {
    expect(colourOf(hash)).toMatch(/^rgb\(\d+ \d+ \d+ \/ 1\)$/)
  })

  it.each(['', '!', 'AAAA'])('are not there for %j', (none) => {
    expect(colourOf(none)).toBeNull()
    expect(placeholderOf(none)).toBeNull()
  })

  it('are not kept without end', () => {
    const hashes = Array.from({ length: 500 }, (_, i) => btoa(`${String(i).padStart(6, '0')}somewhat long`))
    hashes.forEach(placeholderOf)
    expect(hashes.map(knownPlaceholder).filter((url) => url !== undefined).length).toBeLessThanOrEqual(400)
  })
})
