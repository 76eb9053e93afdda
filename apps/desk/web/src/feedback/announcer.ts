import { createCell, type ReadonlyCell } from '../cell.ts'
import type { Clock, Timer } from '../clock.ts'

const SHOWN_FOR_MS = 5_000

/** One short message about what just happened, seen and heard. */
export interface Announcer {
  readonly message: ReadonlyCell<string | null>
  readonly announce: (message: string) => void
}

/** A message goes by itself, or when the next one comes. */
export function createAnnouncer(clock: Clock): Announcer {
  const message = createCell<string | null>(null)
  let timer: Timer | null = null
  return {
    message,
    announce(text) {
      timer?.cancel()
      message.set(text)
      timer = clock.after(SHOWN_FOR_MS, () => message.set(null))
    },
  }
}
