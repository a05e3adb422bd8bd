import { useSyncExternalStore } from 'react'

import { usePreferences } from './preferences'

/** `unsupported` where the browser has no notifications, or none on plain HTTP. */
export type Permission = NotificationPermission | 'unsupported'

const listeners = new Set<() => void>()

function read(): Permission {
  return 'Notification' in window && window.isSecureContext ? Notification.permission : 'unsupported'
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  // The person may have changed it in the browser's settings meanwhile.
  document.addEventListener('visibilitychange', listener)
  return () => {
    listeners.delete(listener)
    document.removeEventListener('visibilitychange', listener)
  }
}

/** Whether the browser lets this page show notifications. */
export function usePermission(): Permission {
  return useSyncExternalStore(subscribe, read)
}

/** Turns browser notifications on. The browser asks the person, so this is for their own click alone. */
export async function turnOnBrowserNotifications(): Promise<void> {
  if (read() === 'default') {
    await Notification.requestPermission()
  }
  usePreferences.getState().set({ browserNotifications: read() === 'granted' })
  for (const listener of listeners) {
    listener()
  }
}
