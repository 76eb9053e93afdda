import type { Clock } from '../core/clock.ts'
import type { Fences } from '../fence/port.ts'

/** How long a process trusts what a poll told it. */
export const LEASE_MS = 1_500

/** After this long without a new lease none is left: clocks may differ in their speed by a fifth. */
export const NO_LEASE_LEFT_MS: number = LEASE_MS * 1.2

/** When something was sent, on both clocks. */
export interface Moment {
  readonly nowMs: number
  readonly wallMs: number
}

/** The present moment. */
export function momentOf(clock: Clock): Moment {
  return { nowMs: clock.now(), wallMs: clock.wall() }
}

/**
 * The right to read from the store for a while. It counts from before the poll that gave it was sent: the gate may
 * have moved right after PostgreSQL looked.
 *
 * The monotonic clock decides. It stands still while a host is suspended, and calendar time does not; so whichever
 * is over first.
 */
export class Lease {
  readonly fences: Fences
  /** The connection to the store that was looked at. Of the next one nothing is known. */
  readonly connection: unknown
  readonly epoch: bigint
  readonly #untilMs: number
  readonly #untilWallMs: number

  constructor(fences: Fences, connection: unknown, sent: Moment, epoch = 0n) {
    this.fences = fences
    this.connection = connection
    this.epoch = epoch
    this.#untilMs = sent.nowMs + LEASE_MS
    this.#untilWallMs = sent.wallMs + LEASE_MS
  }

  /** Whether it still holds. */
  holds(clock: Clock): boolean {
    return clock.now() < this.#untilMs && clock.wall() < this.#untilWallMs
  }
}
