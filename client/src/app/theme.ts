import { createTheme, type CSSVariablesResolver, type MantineColorsTuple } from '@mantine/core'

// The lamp of a darkroom. White on shades 7 and 8, and shade 8 on white, have a contrast of at least 4.5.
const safelight: MantineColorsTuple = [
  '#fff1ec',
  '#fde0d5',
  '#fbbfa9',
  '#f99b7a',
  '#f77d52',
  '#f66a38',
  '#f25a24',
  '#cc4716',
  '#b03c10',
  '#8c2f0c',
]

// Warm greys, as everything is under that lamp. 7 is the page, 6 what stands on it.
const dark: MantineColorsTuple = [
  '#e2dbd8',
  '#c2b9b5',
  '#978d89',
  '#6f6561',
  '#463d3a',
  '#3a322f',
  '#2a2422',
  '#1c1816',
  '#151211',
  '#0f0c0b',
]

export const theme = createTheme({
  primaryColor: 'safelight',
  primaryShade: { light: 8, dark: 7 },
  autoContrast: true,
  luminanceThreshold: 0.28,
  colors: { safelight, dark },
  defaultRadius: 'md',
  cursorType: 'pointer',
  respectReducedMotion: true,
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", sans-serif, "Noto Color Emoji"',
  headings: { fontWeight: '650' },
})

/** Quiet text and faults, too, have a contrast of at least 4.5 on what they stand on. */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-dimmed': 'var(--mantine-color-gray-7)',
    '--mantine-color-placeholder': 'var(--mantine-color-gray-7)',
    '--mantine-color-error': 'var(--mantine-color-red-9)',
    '--mantine-color-teal-light': 'var(--mantine-color-teal-0)',
  },
  dark: {
    '--mantine-color-dimmed': 'var(--mantine-color-dark-1)',
    '--mantine-color-placeholder': 'var(--mantine-color-dark-1)',
    '--mantine-color-error': 'var(--mantine-color-red-4)',
  },
})
