type Shows = (uploadId: string) => boolean
const shown = new Set<Shows>()

/** Says which uploads a part of the page shows, so that no other part tells the same. Returns how to stop. */
export function showsUploads(shows: Shows): () => void {
  shown.add(shows)
  return () => shown.delete(shows)
}

/** Whether somebody who looks at the page sees what becomes of this upload. */
export function isUploadShown(uploadId: string | null): boolean {
  return uploadId !== null && [...shown].some((shows) => shows(uploadId))
}
