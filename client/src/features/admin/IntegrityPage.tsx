export function IntegrityPage() {
  return null
}
