import {
  type Icon,
  IconAlertTriangle,
  IconArrowUp,
  IconBan,
  IconCircleCheck,
  IconClock,
  IconPlayerPause,
  IconPlugConnectedX,
  IconProgress,
} from '@tabler/icons-react'

import type { Phase } from './phase'

const icons: Readonly<Record<Phase, Icon>> = {
  waiting: IconClock,
  sending: IconArrowUp,
  held: IconPlugConnectedX,
  paused: IconPlayerPause,
  refused: IconAlertTriangle,
  receiving: IconArrowUp,
  processing: IconProgress,
  stalled: IconAlertTriangle,
  done: IconCircleCheck,
  rejected: IconAlertTriangle,
  canceled: IconBan,
  failed: IconAlertTriangle,
}

const colours: Partial<Readonly<Record<Phase, string>>> = {
  done: 'light-dark(var(--mantine-color-teal-8), var(--mantine-color-teal-4))',
  refused: 'light-dark(var(--mantine-color-red-8), var(--mantine-color-red-4))',
  rejected: 'light-dark(var(--mantine-color-red-8), var(--mantine-color-red-4))',
  failed: 'light-dark(var(--mantine-color-red-8), var(--mantine-color-red-4))',
  stalled: 'light-dark(#7a4a00, var(--mantine-color-yellow-4))',
  held: 'light-dark(#7a4a00, var(--mantine-color-yellow-4))',
}

/** The sign of a phase. The words beside it say the same. */
export function PhaseIcon({ phase }: { readonly phase: Phase }) {
  const Sign = icons[phase]
  return <Sign size={16} aria-hidden style={{ flex: 'none' }} color={colours[phase] ?? 'currentColor'} />
}
