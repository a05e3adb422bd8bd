/** How many bytes from the start sniff looks at. */
export const sniffLength = 64

const pictureBrands: Readonly<Record<string, string>> = {
  avif: 'image/avif',
  avis: 'image/avif',
  heic: 'image/heic',
  heix: 'image/heic',
  heim: 'image/heic',
  heis: 'image/heic',
  hevc: 'image/heic',
  hevx: 'image/heic',
  hevm: 'image/heic',
  hevs: 'image/heic',
}
const structuralBrands = ['mif1', 'mif2', 'msf1', 'miaf']

/**
 * Tells by its first bytes what picture a file is, as the server does; null for
 * what is none of those it knows. Names and declared types can be wrong.
 */
export function sniff(head: Uint8Array): string | null {
  const text = String.fromCharCode(...head.subarray(0, sniffLength))
  if (text.startsWith('\xff\xd8\xff')) {
    return 'image/jpeg'
  }
  if (text.startsWith('\x89PNG\r\n\x1a\n')) {
    return 'image/png'
  }
  if (text.startsWith('RIFF') && text.slice(8, 12) === 'WEBP') {
    return 'image/webp'
  }
  if (text.startsWith('GIF87a') || text.startsWith('GIF89a')) {
    return 'image/gif'
  }
  if (/^(II[*+]\0|MM\0[*+])/.test(text)) {
    return text.slice(8, 10) === 'CR' ? null : 'image/tiff' // CR: Canon's RAW
  }
  return text.slice(4, 8) === 'ftyp' ? sniffBrands(text) : null
}

function sniffBrands(text: string): string | null {
  const major = text.slice(8, 12)
  const known = pictureBrands[major]
  if (known !== undefined || !structuralBrands.includes(major)) {
    return known ?? null
  }
  for (let at = 16; at + 4 <= text.length; at += 4) {
    if (text.startsWith('avi', at) && 'fs'.includes(text.charAt(at + 3))) {
      return 'image/avif'
    }
  }
  return 'image/heic'
}

const labels: Readonly<Record<string, string>> = {
  'image/jpeg': 'JPEG',
  'image/png': 'PNG',
  'image/webp': 'WebP',
  'image/gif': 'GIF',
  'image/tiff': 'TIFF',
  'image/avif': 'AVIF',
  'image/heic': 'HEIC',
}

/** What people call a type. */
export function typeLabel(mime: string): string {
  return labels[mime] ?? mime
}

const extensions: Readonly<Record<string, readonly string[]>> = {
  'image/jpeg': ['.jpg', '.jpeg', '.jpe', '.jfif'],
  'image/tiff': ['.tif', '.tiff'],
  'image/heic': ['.heic', '.heif'],
}

/** The types for the accept attribute of a file input; systems know some by their endings only. */
export function acceptAttribute(mimes: readonly string[]): string {
  return mimes.flatMap((mime) => [mime, ...(extensions[mime] ?? [`.${mime.slice('image/'.length)}`])]).join(',')
}
