import { fireEvent, screen } from '@testing-library/react'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'

import { renderApp } from '../../../testing/render'
import messages from '../messages/en'
import { testFile } from '../testing'
import { Viewer } from './Viewer'

beforeEach(() => {
  vi.spyOn(HTMLElement.prototype, 'getBoundingClientRect').mockReturnValue(new DOMRect(0, 0, 900, 600))
})
afterEach(() => {
  vi.restoreAllMocks()
})

it.each(['frame', 'button'])('zooms by the wheel over the %s', async (where) => {
  await renderApp(
    <Viewer file={testFile(1)}>
      <button>Next photo</button>
    </Viewer>,
    { messages: { files: messages } },
  )
  const frame = await screen.findByRole('group', { name: /^Picture: photo 1/ })
  // Who has just stepped to this picture has the pointer on the button, which lies over the picture.
  const target = where === 'frame' ? frame : screen.getByRole('button', { name: 'Next photo' })
  const moved = fireEvent.wheel(target, { deltaY: -300 })
  expect(frame.dataset.zoomed).toBe('true')
  expect(moved, 'the page does not scroll as well').toBe(false)
})
