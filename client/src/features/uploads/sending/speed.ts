/** How much of the newest second counts; the rest is what was measured before. */
const weight = 0.3

/** Measures the bytes per second of one transfer, smoothed so that it can be read. */
export class Meter {
  private at: number | null = null
  private bytes = 0
  private smoothed: number | null = null

  /** Takes how many bytes are there at a time in milliseconds; gives the speed, or null while it cannot be told. */
  measure(bytes: number, now: number): number | null {
    if (this.at === null || bytes < this.bytes) {
      this.at = now
      this.bytes = bytes
      return this.smoothed
    }
    const seconds = (now - this.at) / 1000
    if (seconds < 0.25) {
      return this.smoothed
    }
    const speed = (bytes - this.bytes) / seconds
    const share = 1 - (1 - weight) ** seconds
    this.smoothed = this.smoothed === null ? speed : this.smoothed + share * (speed - this.smoothed)
    this.at = now
    this.bytes = bytes
    return this.smoothed
  }
}

/** Seconds until the rest has gone at this speed; null where nobody can say. */
export function secondsLeft(rest: number, speed: number | null): number | null {
  return speed === null || speed < 1 ? null : rest / speed
}
