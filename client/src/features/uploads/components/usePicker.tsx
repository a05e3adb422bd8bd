import { type ReactNode, useMemo, useRef } from 'react'

import type { Sender, SendOptions } from '../../../lib/sending'
import { useConfig } from '../../../lib/session/session'
import { withoutLitter } from '../sending/entries'
import { acceptAttribute } from '../sending/sniff'

interface Picker {
  readonly pick: Sender['pick']
  /** Belong somewhere on the page. */
  readonly inputs: ReactNode
}

/** Opens the browser's own dialogs for files and for a folder. */
export function usePicker(send: Sender['send']): Picker {
  const config = useConfig()
  const file = useRef<HTMLInputElement>(null)
  const folder = useRef<HTMLInputElement>(null)
  const asked = useRef<SendOptions>({})
  const pick = useMemo<Sender['pick']>(
    () =>
      ({ folder: whole = false, ...options } = {}) => {
        asked.current = options
        const input = whole ? folder.current : file.current
        if (input !== null) {
          input.multiple = whole || options.fileId === undefined
          input.click()
        }
      },
    [],
  )
  const picked = ({ currentTarget }: { currentTarget: HTMLInputElement }) => {
    const files = [...(currentTarget.files ?? [])]
    currentTarget.value = '' // so that the same file can be picked again
    send(currentTarget === folder.current ? withoutLitter(files) : files, asked.current)
  }
  const accept = config === undefined ? undefined : acceptAttribute(config.acceptedTypes)
  const inputs = (
    <>
      <input ref={file} type="file" multiple accept={accept} hidden onChange={picked} data-picks="files" />
      <input
        ref={folder}
        type="file"
        multiple
        hidden
        onChange={picked}
        data-picks="folder"
        {...{ webkitdirectory: '' }}
      />
    </>
  )
  return { pick, inputs }
}
