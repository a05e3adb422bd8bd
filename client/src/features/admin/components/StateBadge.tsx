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
      // The theme's own shade is too pale for small print.
      c={`light-dark(var(--mantine-color-${color}-9), var(--mantine-color-${color}-2))`}
      leftSection={<Sign size={12} aria-hidden />}
      style={{ flex: 'none' }}
    >
      {children}
    </Badge>
  )
}
