import type { Phase } from './phase'

/** The colour of what is said of a phase, with enough contrast in light and dark. */
export function colourOf(phase: Phase): string {
  switch (phase) {
    case 'refused':
    case 'rejected':
    case 'failed':
      return 'light-dark(var(--mantine-color-red-9), var(--mantine-color-red-3))'
    case 'stalled':
    case 'held':
      return 'light-dark(#7a4a00, var(--mantine-color-yellow-4))'
    default:
      return 'var(--mantine-color-dimmed)'
  }
}
