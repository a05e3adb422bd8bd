import { Badge } from '@mantine/core'
import {
  type Icon,
  IconAlertTriangle,
  IconBan,
  IconCheck,
  IconCircleX,
  IconClock,
  IconLoader,
  IconPlayerPause,
} from '@tabler/icons-react'

/** How something stands: a colour and a sign beside the word, never the colour alone. */
export type Tone = 'good' | 'busy' | 'waits' | 'warns' | 'bad' | 'off' | 'paused'

const looks: Readonly<Record<Tone, readonly [string, Icon]>> = {
  good: ['teal', IconCheck],
  busy: ['blue', IconLoader],
  waits: ['gray', IconClock],
  warns: ['yellow', IconAlertTriangle],
  bad: ['red', IconCircleX],
  off: ['gray', IconBan],
  paused: ['gray', IconPlayerPause],
}

export function StateBadge({ tone, children }: { readonly tone: Tone; readonly children: string }) {
  const [color, Sign] = looks[tone]
  return (
    <Badge
      color={color}
      variant="light"
      tt="none"
      fw={600}
      // The theme's own shade is too pale for small print: the colour is left to the ground and the sign.
      c="var(--mantine-color-text)"
      leftSection={<Sign size={12} aria-hidden color={`var(--mantine-color-${color}-light-color)`} />}
      // Tables would else cut the word off to make room for longer ones.
      style={{ flex: 'none', minWidth: 'max-content' }}
    >
      {children}
    </Badge>
  )
}
