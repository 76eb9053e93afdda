import { createHash } from 'node:crypto'
import type { Clock } from '../../core/clock.ts'
import { SingleFlight } from '../../core/single-flight.ts'

/** What somebody found out about a token. */
export interface Verdict<Id, Value> {
  /** What it is denied by. */
  readonly id: Id
  /** When it ends by itself. */
  readonly until: Date
  readonly value: Value
}

interface Kept {
  readonly verdict: Verdict<unknown, unknown>
  readonly untilMs: number
}

/**
 * Verdicts of this process, by digests of their tokens: the one that was used last stays the longest. None is kept
 * longer than its token is valid, by the calendar and by the monotonic clock: whichever ends first.
 */
export class Verdicts {
  readonly #clock: Clock
  readonly #most: number
  readonly #kept = new Map<string, Kept>()
  readonly #flights = new SingleFlight<Verdict<unknown, unknown>>()

  constructor(clock: Clock, most: number) {
    this.#clock = clock
    this.#most = most
  }

  /** The verdict on `token`: one that is kept, or what `verify` says. Rejects as that does; nothing is kept then. */
  async of<Id, Value>(
    token: string,
    verify: (token: string) => Promise<Verdict<Id, Value>>,
  ): Promise<Verdict<Id, Value>> {
    const name = createHash('sha256').update(token).digest('base64url')
    const kept = this.#kept.get(name)
    this.#kept.delete(name)
    if (kept && this.#clock.now() < kept.untilMs && this.#clock.wall() < kept.verdict.until.getTime()) {
      this.#kept.set(name, kept)
      return kept.verdict as Verdict<Id, Value>
    }
    const verdict = await this.#flights.join(name, () => verify(token))
    const leftMs = verdict.until.getTime() - this.#clock.wall()
    if (leftMs > 0) this.#kept.set(name, { verdict, untilMs: this.#clock.now() + leftMs })
    const [oldest] = this.#kept.keys()
    if (this.#kept.size > this.#most && oldest !== undefined) this.#kept.delete(oldest)
    return verdict as Verdict<Id, Value>
  }
}
