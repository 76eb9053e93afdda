import type { Agenda, Appointment } from '../../core/agenda.ts'
import type { Clock, Timer } from '../../core/clock.ts'
import { LeaseLostError } from '../../core/errors.ts'
import type { LockStore } from './port.ts'
import type { Lease } from './lease.ts'

/** Counts take the bits below: see `Acquired`. */
const EPOCH_BITS = 41n

/** What happens to a lease. `unconfirmed`: no answer to a renewal yet. */
export type LeaseEvent = 'lost' | 'released-late' | 'unconfirmed'

/** What all holds of one lock share. */
export interface HoldRules {
  readonly store: LockStore
  readonly clock: Clock
  /** Of renewals. */
  readonly agenda: Agenda
  readonly leaseMs: number
  /** The longest that a lease is renewed for, from when it was asked for. */
  readonly longestMs: number
  report(key: string, event: LeaseEvent, error?: unknown): void
}

/**
 * One grant of a lock, while it is believed in. Most are over before their first renewal, so what only a longer one
 * needs is made when it is needed: the signal, and the timer that ends the trust.
 */
export class Hold implements Appointment {
  readonly #rules: HoldRules
  readonly #key: string
  readonly #owner: string
  readonly #epoch: bigint
  readonly #count: number
  readonly #grantedMs: number
  #trustedUntilMs: number
  /** None before the first renewal: it comes first, and looks. */
  #trust: Timer | undefined
  /** When it is to be renewed. */
  dueMs: number
  earlier: Appointment | undefined
  later: Appointment | undefined
  #isOver = false
  #lost: LeaseLostError | undefined
  #abort: AbortController | undefined

  /** Of a grant that was just heard of. `sentMs`: when it was asked for, on the monotonic clock. */
  constructor(rules: HoldRules, key: string, owner: string, epoch: bigint, count: number, sentMs: number) {
    this.#rules = rules
    this.#key = key
    this.#owner = owner
    this.#epoch = epoch
    this.#count = count
    this.#grantedMs = sentMs
    this.#trustedUntilMs = this.#trustAfter(sentMs)
    this.dueMs = sentMs + rules.leaseMs / 3
    rules.agenda.add(this)
  }

  get token(): bigint {
    return (this.#epoch << EPOCH_BITS) + BigInt(this.#count)
  }

  get signal(): AbortSignal {
    if (!this.#abort) {
      this.#abort = new AbortController()
      if (this.#lost) this.#abort.abort(this.#lost)
    }
    return this.#abort.signal
  }

  /** A timer may be late: the grant took too long, or the work kept the event loop from it. @throws LeaseLostError */
  assertHeld(): void {
    if (this.#rules.clock.now() >= this.#trustedUntilMs) this.#lose()
    if (this.#lost) throw this.#lost
  }

  /** Gives it back. A lock that cannot be given back ends with its lease; the work is not undone by that. */
  end(): Promise<void> {
    this.#isOver = true
    this.#trust?.cancel()
    this.#rules.agenda.remove(this)
    return this.#rules.store.release(this.#key, this.#owner).then(
      (isReleased) => {
        if (!isReleased) this.#rules.report(this.#key, 'released-late')
      },
      () => undefined,
    )
  }

  /** For the agenda: it is to be renewed. */
  fallDue(): void {
    void this.#renew()
  }

  get #isHeld(): boolean {
    return !this.#isOver && this.#lost === undefined
  }

  /** Allows for clocks that run differently fast and for a timer that fires late. */
  #trustAfter(sentMs: number): number {
    const { leaseMs } = this.#rules
    return sentMs + leaseMs - Math.max(20, leaseMs * 0.05)
  }

  #lose(): void {
    this.#rules.agenda.remove(this)
    if (!this.#isHeld) return
    this.#lost = new LeaseLostError(this.#key, this.#rules.leaseMs)
    this.#abort?.abort(this.#lost)
    this.#rules.report(this.#key, 'lost')
  }

  #renewAt(ms: number): void {
    if (!this.#isHeld) return
    this.dueMs = ms
    this.#rules.agenda.add(this)
  }

  /** Ends the trust when it is over, if nothing comes of a renewal. */
  #watchTrust(): void {
    const { clock } = this.#rules
    this.#trust?.cancel()
    this.#trust = clock.after(this.#trustedUntilMs - clock.now(), () => this.#lose())
  }

  /** Never rejects. */
  async #renew(): Promise<void> {
    const { store, clock, leaseMs, longestMs, report } = this.#rules
    const sentMs = clock.now()
    // One that is no longer trusted is not renewed: others may have been told that it was lost.
    if (sentMs >= this.#trustedUntilMs) return this.#lose()
    this.#watchTrust()
    // The last renewal ends with the longest time, however little that is.
    const lastingMs = Math.min(leaseMs, Math.ceil(this.#grantedMs + longestMs - sentMs))
    const untilMs = this.#trustAfter(sentMs) - (leaseMs - lastingMs)
    if (untilMs < this.#trustedUntilMs + 1) return
    try {
      if (!(await store.extend(this.#key, this.#owner, lastingMs))) return this.#lose()
    } catch (error) {
      if (this.#isOver) return
      report(this.#key, 'unconfirmed', error)
      return this.#renewAt(clock.now() + leaseMs / 12)
    }
    if (!this.#isHeld) return
    this.#trustedUntilMs = untilMs
    this.#watchTrust()
    this.#renewAt(sentMs + leaseMs / 3)
  }
}

/** What the work sees of a hold. It may be taken apart. */
export class HeldLease implements Lease {
  readonly #hold: Hold
  readonly assertHeld: () => void

  constructor(hold: Hold) {
    this.#hold = hold
    this.assertHeld = () => hold.assertHeld()
  }

  get token(): bigint {
    return this.#hold.token
  }

  get signal(): AbortSignal {
    return this.#hold.signal
  }
}
