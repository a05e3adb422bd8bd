import type { Config } from '../../../lib/api/types'
import { sniff, sniffLength } from './sniff'

/** Why a file is not even sent, with the limit that it breaks. */
export type Refusal =
  | { readonly kind: 'empty' }
  | { readonly kind: 'tooLarge'; readonly limit: number }
  | { readonly kind: 'nameTooLong'; readonly length: number; readonly limit: number }
  | { readonly kind: 'type'; readonly accepted: readonly string[] }
  | { readonly kind: 'unreadable' }
  | { readonly kind: 'oneVersion' }

/** What the server would refuse by what is known of a file without reading it. */
export function refusalAtSight(file: Pick<File, 'name' | 'size'>, config: Config): Refusal | null {
  const { bytes, nameLength } = config.limits
  if (file.size === 0) {
    return { kind: 'empty' }
  }
  if (file.size > bytes) {
    return { kind: 'tooLarge', limit: bytes }
  }
  // The server counts characters, not UTF-16 units.
  const length = Array.from(file.name.normalize('NFC')).length
  return length > nameLength ? { kind: 'nameTooLong', length, limit: nameLength } : null
}

/** What the server would refuse by the first bytes. A file that cannot be read is refused too. */
export async function refusalByContent(file: Blob, config: Config): Promise<Refusal | null> {
  let head: Uint8Array
  try {
    head = new Uint8Array(await file.slice(0, sniffLength).arrayBuffer())
  } catch {
    return { kind: 'unreadable' }
  }
  const type = sniff(head)
  return type !== null && config.acceptedTypes.includes(type) ? null : { kind: 'type', accepted: config.acceptedTypes }
}

/** So many files are looked into at the same time: opening one holds up the page for milliseconds. */
const batch = 4

/**
 * Looks into files in their order, and gives what is wrong with them part by
 * part. Without a config nothing is: then the server alone decides.
 */
export async function* inspect(
  files: readonly File[],
  fileId: string | null,
  config: Config | null,
): AsyncGenerator<{ readonly at: number; readonly faults: readonly (Refusal | null)[] }> {
  for (let at = 0; at < files.length; at += batch) {
    const part = files.slice(at, at + batch)
    const faults = await Promise.all(
      part.map(async (file, i): Promise<Refusal | null> => {
        // A photo has one next version: of several nobody could say which.
        if (fileId !== null && at + i > 0) {
          return { kind: 'oneVersion' }
        }
        return config && (refusalAtSight(file, config) ?? (await refusalByContent(file, config)))
      }),
    )
    yield { at, faults }
  }
}
