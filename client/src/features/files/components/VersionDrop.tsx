import { Overlay, Text } from '@mantine/core'
import { type DragEvent, type ReactNode, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'

import type { StoredFile } from '../../../lib/api/types'
import { useNotify } from '../../../lib/notify'
import { useSender } from '../../../lib/sending'

interface Props {
  readonly file: StoredFile
  readonly children: ReactNode
}

/** What is dropped here becomes the next version of the file, rather than a file of its own. */
export function VersionDrop({ file, children }: Props) {
  const { t } = useTranslation('files')
  const notify = useNotify()
  const sender = useSender()
  const depth = useRef(0)
  const [over, setOver] = useState(false)
  const enter = (by: number) => (event: DragEvent) => {
    if (carriesFiles(event)) {
      depth.current += by
      setOver(depth.current > 0)
    }
  }
  const drop = (event: DragEvent) => {
    depth.current = 0
    setOver(false)
    if (!carriesFiles(event)) {
      return
    }
    event.preventDefault()
    // The page around would take it for a new file.
    event.stopPropagation()
    const [first, ...more] = event.dataTransfer.files
    if (more.length > 0) {
      notify.done(t('file.dropOne'))
    } else if (first !== undefined) {
      sender.send([first], { fileId: file.id })
    }
  }
  return (
    <div
      style={{ position: 'relative' }}
      onDragEnter={enter(1)}
      onDragLeave={enter(-1)}
      onDragOver={(event) => {
        if (carriesFiles(event)) {
          event.preventDefault()
        }
      }}
      onDrop={drop}
    >
      {children}
      {over && (
        <Overlay
          center
          radius="md"
          zIndex={300}
          backgroundOpacity={0.75}
          style={{ pointerEvents: 'none', border: '3px dashed var(--mantine-primary-color-filled)' }}
        >
          <Text c="white" fw={650} size="lg" ta="center" p="md">
            {t('file.dropVersion')}
          </Text>
        </Overlay>
      )}
    </div>
  )
}

function carriesFiles(event: DragEvent): boolean {
  return event.dataTransfer.types.includes('Files')
}
