import { act, fireEvent, screen } from '@testing-library/react'
import { beforeEach, expect, it, vi } from 'vitest'
import { create } from 'zustand'

import { renderApp, testClient } from '../../../testing/render'
import { uploadQuery } from '../api/upload'
import messages from '../messages/en'
import { SendQueue } from '../sending/queue'
import { QueueContext } from '../sending/queues'
import { config, fakeAttempts, fakeKeeper, upload } from '../sending/testing'
import { type Row, useTransfers } from '../stores/transfers'
import { TrayRow } from './TrayRow'
import { useTeller } from './useTeller'

const row: Row = {
  id: 'a',
  name: 'cat.jpg',
  size: 1_000_000,
  fileId: null,
  uploadId: null,
  kept: false,
  transfer: { stage: 'sending', sent: 250_000, total: 1_000_000, speed: null },
}

const reader = create(() => ({ flying: false }))
const fly = (flying: boolean) => act(() => reader.setState({ flying }))

const measure = vi.fn<(element: HTMLElement | null) => void>()

function List() {
  const plain = reader(({ flying }) => flying)
  const teller = useTeller()
  return (
    <ul>
      <TrayRow id="a" index={4} count={9} start={336} size={84} plain={plain} measure={measure} teller={teller} />
    </ul>
  )
}

async function open(client = testClient()) {
  const queue = new SendQueue({
    start: fakeAttempts().start,
    keeper: fakeKeeper(),
    config: () => Promise.resolve(config),
    refresh: () => Promise.resolve('refreshed'),
    discard: () => Promise.resolve(),
  })
  const list = (
    <QueueContext value={queue}>
      <List />
    </QueueContext>
  )
  await renderApp(list, { client, messages: { uploads: messages } })
  return queue
}

beforeEach(() => {
  measure.mockReset()
  reader.setState({ flying: false })
  useTransfers.getState().clear()
  useTransfers.getState().add([row])
})

it('is a name while its reader flies by, and whole from then on', async () => {
  reader.setState({ flying: true })
  await open()
  const item = await screen.findByRole('listitem')
  expect(item.textContent).toBe('cat.jpg')
  expect(item.style.height).toBe('84px')
  expect(screen.queryByRole('button')).toBeNull()
  expect(measure, 'it is not as high as it will be').not.toHaveBeenCalled()

  fly(false)
  expect(screen.getAllByRole('button')).toHaveLength(2)
  expect(measure).toHaveBeenCalledWith(screen.getByRole('listitem'))
  fly(true)
  expect(screen.getAllByRole('button'), 'what was seen stays').toHaveLength(2)
})

it('tells how much is sent and where it stands in the list', async () => {
  await open()
  const bar = await screen.findByRole('progressbar', { name: /cat\.jpg/ })
  expect(bar.getAttribute('aria-valuenow')).toBe('25')
  const item = screen.getByRole('listitem')
  expect([item.getAttribute('aria-posinset'), item.getAttribute('aria-setsize')]).toEqual(['5', '9'])
  act(() => useTransfers.getState().change(new Map([['a', { transfer: { stage: 'paused', sent: 500_000 } }]])))
  expect(screen.getByRole('progressbar').getAttribute('aria-valuenow')).toBe('50')
})

it('cancels what is still in this browser by the queue', async () => {
  const queue = await open()
  const cancel = vi.spyOn(queue, 'cancel').mockImplementation(() => undefined)
  fireEvent.click(await screen.findByRole('button', { name: 'Cancel cat.jpg' }))
  expect(cancel).toHaveBeenCalledWith(['a'])
})

it('follows the server once the bytes are sent', async () => {
  const client = testClient()
  client.setQueryData(uploadQuery('u').queryKey, upload({ id: 'u', state: 'processing' }))
  await open(client)
  await screen.findByRole('progressbar')
  act(() =>
    useTransfers.getState().change(new Map([['a', { uploadId: 'u', transfer: { stage: 'sent', uploadId: 'u' } }]])),
  )
  expect(screen.queryByRole('progressbar')).toBeNull()
  expect(screen.getAllByRole('listitem'), 'the row and its six steps').toHaveLength(7)
  act(() => {
    client.setQueryData(uploadQuery('u').queryKey, upload({ id: 'u', state: 'done', fileId: 'f', seq: 2 }))
  })
  expect((await screen.findByRole('link', { name: 'Show cat.jpg' })).getAttribute('href')).toBe('/files/f')
})
