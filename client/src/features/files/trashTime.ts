const day = 86_400_000

/** When a file in the trash is deleted for good. */
export function trashedUntil(trashedAt: string, trashSeconds: number): Date {
  return new Date(Date.parse(trashedAt) + trashSeconds * 1000)
}

/** Whole days that are left to a file in the trash; 0 on its last one. */
export function daysLeft(trashedAt: string, trashSeconds: number, now = new Date()): number {
  return Math.max(0, Math.floor((trashedUntil(trashedAt, trashSeconds).getTime() - now.getTime()) / day))
}
