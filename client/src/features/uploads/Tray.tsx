/** What becomes of the files that are sent. */
export function Tray() {
  return null
}
