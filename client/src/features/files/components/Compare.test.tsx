import { fireEvent, screen, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { useState } from 'react'
import { afterEach, describe, expect, it, vi } from 'vitest'

import type { Version } from '../../../lib/api/types'
import { renderApp } from '../../../testing/render'
import { everything } from '../listParams'
import en from '../messages/en'
import { testFile } from '../testing'
import { Stage } from './Stage'
import { Versions } from './Versions'

const file = testFile(1, { currentVersion: 3, versionCount: 3 })

function version(number: number, change: Partial<Version> = {}): Version {
  const { size, originalSize, sha256, mimeType, width, height, createdAt } = file
  const facts = { size, originalSize, sha256, mimeType, width, height, createdAt }
  return { ...facts, number, createdBy: 'me', restoredFrom: null, ...change }
}

/** Answers for the server, and keeps what it was asked to do. */
function serve() {
  const asked: string[] = []
  vi.stubGlobal('fetch', (request: Request) => {
    const { pathname } = new URL(request.url, 'http://localhost')
    asked.push(`${request.method} ${pathname}`)
    if (request.method === 'DELETE') {
      return Promise.resolve(new Response(null, { status: 204 }))
    }
    const body = pathname.endsWith('/versions')
      ? { items: [version(3, { restoredFrom: 1 }), version(2), version(1)], nextCursor: null }
      : version(4)
    return Promise.resolve(Response.json(body, { status: request.method === 'POST' ? 201 : 200 }))
  })
  return asked
}

function Both() {
  const [compared, setCompared] = useState<number | null>(null)
  return (
    <>
      <Stage
        file={file}
        params={everything}
        neighbours={{ previous: undefined, next: undefined }}
        compared={compared}
        onStopComparing={() => setCompared(null)}
      />
      <Versions file={file} compared={compared} onCompare={setCompared} />
    </>
  )
}

// Menus and dialogs take their time on a busy machine.
vi.setConfig({ testTimeout: 30_000 })

const messages = { files: en }

afterEach(() => {
  vi.unstubAllGlobals()
})

describe('versions', () => {
  it('are listed with what they are, and only older ones can be deleted', async () => {
    serve()
    await renderApp(<Both />, { messages })
    const items = await screen.findAllByRole('listitem')
    expect(items).toHaveLength(3)
    const [current] = items
    expect(current?.textContent).toContain('Current')
    expect(current?.textContent).toContain('Brought back from version 1')
    await userEvent.click(screen.getByRole('button', { name: 'Actions for version 3' }))
    expect(await screen.findByRole('menuitem', { name: 'Download' })).toBeDefined()
    expect(screen.queryByRole('menuitem', { name: 'Delete' })).toBeNull()
  })

  it('are restored by number', async () => {
    const asked = serve()
    await renderApp(<Both />, { messages })
    await userEvent.click(await screen.findByRole('button', { name: 'Actions for version 2' }))
    await userEvent.click(await screen.findByRole('menuitem', { name: 'Restore' }))
    expect(await screen.findByText('Version 2 is current again.')).toBeDefined()
    expect(asked).toContain(`POST /api/v1/files/${file.id}/versions/2/restore`)
  })

  it('are deleted only after a question', async () => {
    const asked = serve()
    await renderApp(<Both />, { messages })
    await userEvent.click(await screen.findByRole('button', { name: 'Actions for version 1' }))
    await userEvent.click(await screen.findByRole('menuitem', { name: 'Delete' }))
    const dialog = await screen.findByRole('dialog', { name: 'Delete version 1?' })
    expect(asked.filter((line) => line.startsWith('DELETE'))).toEqual([])
    await userEvent.click(within(dialog).getByRole('button', { name: 'Delete' }))
    expect(await screen.findByText('Version 1 was deleted.')).toBeDefined()
    expect(asked).toContain(`DELETE /api/v1/files/${file.id}/versions/1`)
  })

  it('are compared by a slider that says where it is', async () => {
    serve()
    await renderApp(<Both />, { messages })
    await userEvent.click(await screen.findByRole('button', { name: 'Compare version 1 with the current one' }))
    const slider = await screen.findByRole('slider', { name: 'How much of the older version is shown' })
    expect(slider.getAttribute('aria-valuetext')).toBe('50% before, 50% after')
    fireEvent.change(slider, { target: { value: '80' } })
    expect(slider.getAttribute('aria-valuetext')).toBe('80% before, 20% after')
    const sources = [screen.getByAltText(/^Version 1/), screen.getByAltText(/^Version 3/)].map((img) =>
      img.getAttribute('src'),
    )
    expect(sources).toEqual([
      `/api/v1/files/${file.id}/content?variant=preview&version=1`,
      `/api/v1/files/${file.id}/content?variant=preview&version=3`,
    ])
    await userEvent.click(screen.getByRole('button', { name: 'Stop comparing' }))
    expect(screen.queryByRole('slider')).toBeNull()
  })
})
