/**
 * Moves the gate on, one step at a time, from what a poll and a look at the store told. Every process does this, and
 * none is needed: each step is a compare-and-set, and who comes next goes on where another one died.
 */
import type { Clock } from '../core/clock.ts'
import type { Random } from '../core/random.ts'
import type { FenceStore } from '../fence/port.ts'
import { type Blocker, findBlockers } from './blockers.ts'
import { NO_LEASE_LEFT_MS } from './lease.ts'
import { boundaryNow } from './older-transactions.ts'
import type { PolledRow } from './row.ts'
import { reasonToEnd, type Sight } from './sight.ts'
import {
  abandonOpening,
  beginClosing,
  beginOpening,
  finishClosing,
  finishOpening,
  type GatePlace,
} from './transitions.ts'

/** What steering needs. */
export interface SteeringParts<Session> {
  readonly place: GatePlace<Session>
  readonly store: FenceStore
  readonly clock: Clock
  readonly random: Random
  /** Hears who keeps the gate from opening. */
  readonly onBlocked: (row: PolledRow, blockers: readonly Blocker[]) => void
}

/** An opening is expected to take less than this; then it is said who is in the way, and said again. */
const BLOCKED_AFTER_MS = 5_000
const BLOCKED_AGAIN_MS = 10_000

/** When to look at the gate again: at once, after so long, or in its usual rhythm. */
export type Next = 'now' | 'usual' | { readonly afterMs: number }

/**
 * Something that was seen or begun in one epoch. By its nonce: a PostgreSQL that was restored counts to the same epoch
 * again, and what was known of the other one says nothing of this one.
 */
interface InEpoch<Value> {
  readonly nonce: string
  readonly value: Value
}

/** The part of one process in moving one gate. */
export class Steering<Session> {
  readonly #parts: SteeringParts<Session>
  /** Since when this process knows that no lease is given any more. */
  #closingSince: InEpoch<number> | undefined
  /** All transactions that may have skipped the fence have smaller ids. */
  #boundary: InEpoch<bigint> | undefined
  #saidBlockedMs = -Infinity

  constructor(parts: SteeringParts<Session>) {
    this.#parts = parts
  }

  /**
   * One step. `complaint`: why this epoch must end, if somebody in this process said so. Rejects with what the
   * database or the store throws.
   */
  async step(row: PolledRow, sight: Sight, complaint: string | undefined): Promise<Next> {
    const reason = complaint ?? reasonToEnd(row, sight, this.#parts.clock.now())
    if (row.state !== 'closing') this.#closingSince = undefined
    if (row.state !== 'opening') this.#boundary = undefined
    switch (row.state) {
      case 'open':
        return reason === undefined ? 'usual' : this.#close(row, reason)
      case 'closing':
        return this.#finishClosing(row)
      case 'closed':
        return this.#open(row, sight)
      case 'opening':
        if (reason === undefined) return this.#finishOpening(row, sight)
        return after(await abandonOpening(this.#parts.place, row, reason, false))
    }
  }

  async #close(row: PolledRow, reason: string): Promise<Next> {
    return after(await beginClosing(this.#parts.place, row, reason, false))
  }

  async #finishClosing(row: PolledRow): Promise<Next> {
    const { place, clock } = this.#parts
    // Counted from when this process was told: leases that were given before end before that and their length.
    if (this.#closingSince?.nonce !== row.nonce) this.#closingSince = { nonce: row.nonce, value: clock.now() }
    const leftMs = this.#closingSince.value + NO_LEASE_LEFT_MS - clock.now()
    return leftMs > 0 ? { afterMs: leftMs } : after(await finishClosing(place, row))
  }

  async #open(row: PolledRow, sight: Sight): Promise<Next> {
    const { place, store, random } = this.#parts
    if (row.isHeld || !sight.isSeen || sight.server.problem !== undefined) return 'usual'
    if (row.ageMs < pauseBeforeOpening(row)) return 'usual'
    const { run, lineage } = sight.server
    const nonce = random.token()
    const fences = store.within({ nonce, run })
    // Before the row names it: without its mark an epoch is one that was lost.
    await fences.mark()
    if (!(await beginOpening(place, row, { nonce, run, lineage }))) {
      await fences.unmark()
      return 'usual'
    }
    // Of the last epoch, also where it came back with old data.
    if (row.nonce !== '') await store.within({ nonce: row.nonce, run }).unmark()
    return 'now'
  }

  async #finishOpening(row: PolledRow, sight: Sight): Promise<Next> {
    const { place } = this.#parts
    if (!sight.isSeen || sight.server.run !== row.run) return 'usual'
    if (this.#boundary?.nonce !== row.nonce) {
      // After it was seen that the gate is opening: who read an older row has an id by now.
      this.#boundary = { nonce: row.nonce, value: await boundaryNow(place.truth) }
      return 'now'
    }
    if (row.oldestRunning >= this.#boundary.value) return after(await finishOpening(place, row))
    await this.#sayWhoBlocks(row, this.#boundary.value)
    return 'usual'
  }

  async #sayWhoBlocks(row: PolledRow, boundary: bigint): Promise<void> {
    const { place, clock, onBlocked } = this.#parts
    if (row.ageMs < BLOCKED_AFTER_MS || clock.now() - this.#saidBlockedMs < BLOCKED_AGAIN_MS) return
    this.#saidBlockedMs = clock.now()
    onBlocked(row, await findBlockers(place.truth, boundary))
  }
}

/** What we moved, moves on. Who was late looks again when it is time: the others do not need them. */
function after(haveMoved: boolean): Next {
  return haveMoved ? 'now' : 'usual'
}

/** A gate that closes again and again is opened after a pause that doubles. */
function pauseBeforeOpening({ closings }: PolledRow): number {
  return closings < 2 ? 0 : Math.min(250 * 2 ** closings, 30_000)
}
