import { thumbHashToAverageRGBA, thumbHashToDataURL } from 'thumbhash'

/** So many are kept: what is scrolled back to has its placeholder at once. */
const remembered = 400

const made = new Map<string, string | null>()

/** The colour of a picture by its ThumbHash in Base64; null for what is none. It costs next to nothing. */
export function colourOf(thumbhash: string): string | null {
  const bytes = decode(thumbhash)
  if (bytes === null) {
    return null
  }
  const { r, g, b, a } = thumbHashToAverageRGBA(bytes)
  const [red, green, blue] = [r, g, b].map((part) => Math.round(255 * part))
  return `rgb(${red} ${green} ${blue} / ${a})`
}

/** The placeholder of a picture where it was made before. */
export function knownPlaceholder(thumbhash: string): string | undefined {
  return made.get(thumbhash) ?? undefined
}

/** Makes the placeholder of a picture, an image by its address; null for what is no ThumbHash. */
export function placeholderOf(thumbhash: string): string | null {
  const known = made.get(thumbhash)
  if (known !== undefined) {
    return known
  }
  const bytes = decode(thumbhash)
  const url = bytes === null ? null : thumbHashToDataURL(bytes)
  made.set(thumbhash, url)
  const [oldest] = made.keys()
  if (made.size > remembered && oldest !== undefined) {
    made.delete(oldest)
  }
  return url
}

function decode(thumbhash: string): Uint8Array | null {
  try {
    const bytes = Uint8Array.from(atob(thumbhash), (char) => char.charCodeAt(0))
    // The shortest one has its head and a few factors.
    return bytes.length < 5 ? null : bytes
  } catch {
    return null
  }
}
