import { useMutation } from '@tanstack/react-query'

import { api } from '../../../lib/api/api'
import { unwrap } from '../../../lib/api/client'
import type { StoredFile } from '../../../lib/api/types'

/** The most files that the server puts into one zip. */
export const zipLimit = 500
/** What is larger is written to the disk as it comes, where the browser can do that. */
const inMemory = 256_000_000

type Picker = (options: { suggestedName: string }) => Promise<FileSystemFileHandle>

/** Downloads files as one zip. Nobody is told of a dialog that was closed. */
export function useZipFiles() {
  return useMutation({
    mutationFn: async (files: readonly StoredFile[]) => {
      const name = `safelight-${new Date().toISOString().slice(0, 10)}.zip`
      const size = files.reduce((sum, file) => sum + file.size, 0)
      // Asked for before anything is sent: the browser allows it only right after a click.
      const target = size > inMemory ? await pickTarget(name) : null
      if (target === 'canceled') {
        return
      }
      const bytes = await requestZip(files)
      if (target === null) {
        save(await new Response(bytes).blob(), name)
      } else {
        // A transfer that breaks off aborts the file too: there is no half of an archive.
        await bytes.pipeTo(await target.createWritable())
      }
    },
  })
}

async function requestZip(files: readonly StoredFile[]): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
  const bytes = await unwrap(
    api.POST('/api/v1/files/zip', { body: { ids: files.map(({ id }) => id) }, parseAs: 'stream' }),
  )
  if (bytes === null) {
    throw new TypeError('the archive has no bytes')
  }
  return bytes
}

async function pickTarget(suggestedName: string): Promise<FileSystemFileHandle | 'canceled' | null> {
  if (!('showSaveFilePicker' in window)) {
    return null
  }
  try {
    // Not every browser has it, so the DOM's types do not know it.
    return await (window.showSaveFilePicker as Picker)({ suggestedName })
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') {
      return 'canceled'
    }
    throw error
  }
}

function save(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob)
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  // The download has taken hold of the bytes by then.
  setTimeout(() => URL.revokeObjectURL(url), 60_000)
}
