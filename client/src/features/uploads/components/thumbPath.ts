/** Where the small picture is of a file, or of one of its versions. */
export function thumbPath(fileId: string, version: number | null): string {
  const path = `/api/v1/files/${fileId}/content?variant=thumb`
  return version === null ? path : `${path}&version=${version}`
}
