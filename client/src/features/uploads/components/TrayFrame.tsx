import { useEffect, useRef } from 'react'

import { useTrayView } from '../stores/tray'
import { Announcer } from './Announcer'
import { useSummary } from './summary'
import { TrayBadge } from './TrayBadge'
import { TrayPanel } from './TrayPanel'

/** The tray as a panel or, minimised, as a badge. The focus goes along with it. */
export function TrayFrame() {
  const summary = useSummary()
  const opened = useTrayView((view) => view.opened)
  const moved = useRef(false)
  const focus = useRef<HTMLButtonElement>(null)
  useEffect(() => {
    // Only when somebody minimised or opened it: new files do not take the focus from a page.
    if (moved.current) {
      moved.current = false
      focus.current?.focus()
    }
  }, [opened])
  const toggle = () => {
    moved.current = true
    const { open, minimise } = useTrayView.getState()
    if (opened) {
      minimise()
    } else {
      open()
    }
  }
  return (
    <>
      <Announcer phases={summary.phases} unsent={summary.unsent} />
      {opened ? (
        <TrayPanel summary={summary} onMinimise={toggle} focusRef={focus} />
      ) : (
        <TrayBadge summary={summary} onOpen={toggle} focusRef={focus} />
      )}
    </>
  )
}
