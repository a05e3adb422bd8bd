/** Side of a small picture in pixels: 44 on screens with two to a point. */
export const thumbSide = 88
const remembered = 120
const atOnce = 2
/** Larger files take too long to decode for a picture of this size. */
const largest = 40 << 20

const made = new Map<Blob, ImageBitmap>()
const queue: (() => void)[] = []
let running = 0

/**
 * Makes a small picture of a file, two at a time and off the main thread. The
 * newest ones are remembered. Rejects for what this browser cannot decode, and
 * when it is not wanted any more before its turn comes.
 */
export async function thumbOf(file: Blob, signal: AbortSignal): Promise<ImageBitmap> {
  if (file.size > largest) {
    throw new Error('too large to preview')
  }
  await turn()
  try {
    signal.throwIfAborted()
    const bitmap = made.get(file) ?? (await scale(file))
    made.delete(file) // and put it behind the others
    made.set(file, bitmap)
    const [oldest] = made
    if (made.size > remembered && oldest !== undefined) {
      made.delete(oldest[0])
      oldest[1].close()
    }
    return bitmap
  } finally {
    running--
    queue.shift()?.()
  }
}

async function turn(): Promise<void> {
  if (running >= atOnce) {
    await new Promise<void>((resolve) => {
      queue.push(resolve)
    })
  }
  running++
}

// One side alone is given, so that nothing is stretched; the drawing cuts a square out of it.
async function scale(file: Blob): Promise<ImageBitmap> {
  return createImageBitmap(file, { resizeHeight: thumbSide, resizeQuality: 'medium' })
}
