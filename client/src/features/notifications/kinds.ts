import {
  IconAlertTriangle,
  IconCircleCheck,
  IconCopy,
  IconHandStop,
  type Icon,
  IconPlayerPause,
} from '@tabler/icons-react'

import type { Notification } from '../../lib/api/types'

interface Kind {
  readonly Icon: Icon
  readonly color: string
  readonly label: 'done' | 'duplicate' | 'rejected' | 'failed' | 'stalled'
  /** Somebody should do something, or will miss a photo. */
  readonly urgent: boolean
}

/** What there is to show of each kind of notification, besides its words. */
export const kinds: Readonly<Record<Notification['kind'], Kind>> = {
  'upload.done': { Icon: IconCircleCheck, color: 'teal', label: 'done', urgent: false },
  'upload.duplicate': { Icon: IconCopy, color: 'blue', label: 'duplicate', urgent: false },
  'upload.rejected': { Icon: IconHandStop, color: 'red', label: 'rejected', urgent: true },
  'upload.failed': { Icon: IconAlertTriangle, color: 'red', label: 'failed', urgent: true },
  'upload.stalled': { Icon: IconPlayerPause, color: 'yellow', label: 'stalled', urgent: true },
}
