import { apiUrl } from '../../lib/api/api'
import type { StoredFile } from '../../lib/api/types'

/** Where a file's bytes come as a download under its name. */
export function downloadUrl(file: Pick<StoredFile, 'id'>, version?: number): string {
  return apiUrl(
    `/api/v1/files/${file.id}/content?variant=full&download=true${version === undefined ? '' : `&version=${version}`}`,
  )
}

/** Downloads a file. The page stays: the server names it an attachment. */
export function downloadFile(file: Pick<StoredFile, 'id'>): void {
  const link = document.createElement('a')
  link.href = downloadUrl(file)
  link.download = ''
  link.click()
}
