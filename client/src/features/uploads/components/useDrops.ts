import { useEffect, useEffectEvent } from 'react'
import { useTranslation } from 'react-i18next'

import { useNotify } from '../../../lib/notify'
import type { Sender } from '../../../lib/sending'
import { droppedFiles, nameOfPasted } from '../sending/entries'

/** Files that are held over the page. */
export interface Drag {
  /** What they are over, if it takes them for itself. */
  readonly target: HTMLElement | null
}

/** Takes what is dropped on the page or pasted into it. */
export function useDrops(send: Sender['send'], setDrag: (drag: Drag | null) => void): void {
  const { t } = useTranslation('uploads', { useSuspense: false })
  const notify = useNotify()
  const take = useEffectEvent(async (transfer: DataTransfer, fileId: string | undefined) => {
    try {
      send(await droppedFiles(transfer), fileId === undefined ? {} : { fileId })
    } catch {
      notify.done(t('drop.unreadable'))
    }
  })
  const paste = useEffectEvent((files: readonly File[]) => send(files.map((file) => nameOfPasted(file, new Date()))))
  const drag = useEffectEvent(setDrag)

  useEffect(() => {
    const over = (event: DragEvent) => {
      if (event.defaultPrevented || !carriesFiles(event)) {
        return
      }
      event.preventDefault()
      if (event.dataTransfer !== null) {
        event.dataTransfer.dropEffect = 'copy'
      }
    }
    const enter = (event: DragEvent) => {
      if (carriesFiles(event)) {
        event.preventDefault()
        drag({ target: targetOf(event) })
      }
    }
    const leave = (event: DragEvent) => {
      if (event.relatedTarget === null) {
        drag(null) // out of the window
      }
    }
    const drop = (event: DragEvent) => {
      drag(null)
      if (!event.defaultPrevented && event.dataTransfer !== null && carriesFiles(event)) {
        event.preventDefault()
        void take(event.dataTransfer, targetOf(event)?.dataset.dropFileId)
      }
    }
    const onPaste = (event: ClipboardEvent) => {
      const files = [...(event.clipboardData?.files ?? [])]
      if (files.length > 0 && !event.defaultPrevented && !isTyping(event.target)) {
        event.preventDefault()
        paste(files)
      }
    }
    const listeners = { dragover: over, dragenter: enter, dragleave: leave, drop, paste: onPaste } as const
    for (const [name, listener] of Object.entries(listeners)) {
      addEventListener(name, listener as EventListener)
    }
    return () => {
      for (const [name, listener] of Object.entries(listeners)) {
        removeEventListener(name, listener as EventListener)
      }
    }
  }, [])
}

function carriesFiles({ dataTransfer }: DragEvent): boolean {
  return dataTransfer?.types.includes('Files') ?? false
}

function targetOf({ target }: Event): HTMLElement | null {
  return target instanceof Element ? target.closest<HTMLElement>('[data-drop-file-id]') : null
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || target.matches('input, textarea'))
}
