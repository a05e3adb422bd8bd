import { type MouseEvent, type ReactNode, useEffect, useRef } from 'react'
import type { TFunction } from 'i18next'
import { useStore } from 'zustand'

import type { StoredFile } from '../../lib/api/types'
import type { SelectionStore } from './selection'
import { useTouchHold } from './useTouchHold'

export interface FileItemProps {
  readonly file: StoredFile
  /** Its place in the list. */
  readonly index: number
  readonly width: number
  readonly dense: boolean
  /** Whether Tab leads here. */
  readonly tabStop: boolean
  /** Gives the focus to what has become the tab stop, if it was the keyboard that went there. */
  readonly takeFocus: (element: HTMLElement | null) => void
  readonly selection: SelectionStore
  readonly to: string
  readonly note: ReactNode
  readonly onExtend: (id: string) => void
  /** Asked for once for all: a hook in every one of hundreds takes a tenth of their time. */
  readonly t: TFunction
}

/** What a file does in a grid and in a list alike. */
export function useFileItem({ file, tabStop, takeFocus, selection, onExtend }: FileItemProps) {
  const element = useRef<HTMLDivElement>(null)
  const selected = useStore(selection, ({ ids }) => ids.has(file.id))
  const selecting = useStore(selection, ({ ids }) => ids.size > 0)
  const hold = useTouchHold(() => selection.getState().toggle(file.id))
  useEffect(() => {
    if (tabStop) {
      takeFocus(element.current)
    }
  }, [tabStop, takeFocus])
  const select = (event: MouseEvent) => {
    event.preventDefault()
    if (event.shiftKey) {
      onExtend(file.id)
    } else {
      selection.getState().toggle(file.id)
    }
  }
  return {
    selected,
    selecting,
    item: { ref: element, tabIndex: tabStop ? 0 : -1, 'aria-selected': selected, ...hold },
    /** For the link: with a modifier, or when some are selected already, a click selects. */
    onOpen: (event: MouseEvent) => {
      if (event.shiftKey || event.ctrlKey || event.metaKey || selecting) {
        select(event)
      } else {
        selection.getState().setActive(file.id)
      }
    },
    onCheck: select,
  }
}
