import { formatNumber } from '../../lib/format'

const kinds: Readonly<Record<string, string>> = { 'image/svg+xml': 'SVG', 'image/tiff': 'TIFF', 'image/webp': 'WebP' }

/** What people call a type: image/jpeg is JPEG. */
export function kindOf(mimeType: string): string {
  return kinds[mimeType] ?? mimeType.replace(/^image\/(x-)?/, '').toUpperCase()
}

/** 4032 by 3024 pixels as "4,032 × 3,024". */
export function formatDimensions(
  { width, height }: { readonly width: number; readonly height: number },
  language: string,
): string {
  return `${formatNumber(width, language)} × ${formatNumber(height, language)}`
}
