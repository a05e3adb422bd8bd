import { usePreferences } from '../../lib/preferences'

const visibleLock = 'safelight-visible'

/**
 * Holds a shared lock for as long as this page can be seen, so that the tab that
 * announces news knows whether somebody looks at any of them. Returns how to stop.
 */
export function markVisible(): () => void {
  if (!('locks' in navigator)) {
    return () => undefined
  }
  let seen: AbortController | null = null
  const update = () => {
    if (document.visibilityState === 'visible') {
      if (seen === null) {
        const until = new AbortController()
        seen = until
        void holdLock(until.signal)
      }
    } else {
      seen?.abort()
      seen = null
    }
  }
  update()
  document.addEventListener('visibilitychange', update)
  return () => {
    document.removeEventListener('visibilitychange', update)
    seen?.abort()
  }
}

async function holdLock(signal: AbortSignal): Promise<void> {
  try {
    await navigator.locks.request(visibleLock, { mode: 'shared', signal }, () => {
      return new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
    })
  } catch {
    // Hidden again before the lock was had.
  }
}

/** Whether no tab of this browser can be seen. */
export async function allHidden(): Promise<boolean> {
  if (document.visibilityState === 'visible') {
    return false
  }
  if (!('locks' in navigator)) {
    return true
  }
  return navigator.locks.request(visibleLock, { ifAvailable: true }, (lock) => lock !== null)
}

/** Whether the person agreed, here and in the browser's own question. */
export function mayAnnounce(): boolean {
  return (
    'Notification' in window && Notification.permission === 'granted' && usePreferences.getState().browserNotifications
  )
}

interface Announcement {
  readonly title: string
  readonly body: string
  /** Two of the same tag are one. */
  readonly tag: string
  readonly onClick: () => void
}

/** Shows a notification of the browser's. Where a browser has them for service workers alone, nothing is shown. */
export function announce({ title, body, tag, onClick }: Announcement): void {
  try {
    const shown = new Notification(title, { body, tag, icon: '/favicon.svg' })
    shown.onclick = () => {
      window.focus()
      shown.close()
      onClick()
    }
  } catch {
    // Android's Chrome: see above.
  }
}
