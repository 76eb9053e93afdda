import type { Loss } from './port.ts'

/** A job that its worker has, and may lose. Most are never lost: it costs no signal and no event. */
export interface Losable extends Loss {
  lose(reason: unknown): void
}

/** Not lost yet. */
export function createLoss(): Losable {
  let hear: ((reason: unknown) => void) | undefined
  let lost: { readonly reason: unknown } | undefined
  return {
    get isLost() {
      return lost !== undefined
    },
    whenLost(listener) {
      hear = listener
      if (lost) hear?.(lost.reason)
    },
    lose(reason) {
      if (lost) return
      lost = { reason }
      hear?.(reason)
    },
  }
}
