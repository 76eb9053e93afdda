/**
 * What was revoked before its own end, and must stay so: sessions, all sessions of a user, tokens. PostgreSQL is the
 * truth; every process knows all of it, and reads what is new when it is asked.
 *
 * The guarantee: what was revoked is found by every look that begins after the revocation was acknowledged, whatever
 * the store has lost since. A look that cannot know fails.
 *
 * The mechanism. A revocation is committed, and then carried out in the store; only then is it acknowledged. So the
 * store tells of it, unless it lost it: and then the connection to it was lost, too. A process answers from what it has
 * read if it began to read that at most `KNOWN_WITHIN_MS` ago, and after its present connection to the store came up.
 * Whoever cannot carry a revocation out in the store waits for `KNOWN_WITHIN_MS` before it acknowledges it: by then
 * every process has read it, or does not answer.
 *
 * Its limit is the store: one that loses single keys, as by eviction, is not noticed for up to `KNOWN_WITHIN_MS`.
 *
 * Rows are read by transaction id: those that were changed by transactions which had not ended when it was read the
 * last time. So none is passed over that is committed late.
 */
import { type Clock, sleep } from '../core/clock.ts'
import { RevocationUnknownError } from '../core/errors.ts'
import { inTime } from '../core/in-time.ts'
import type { Truth } from '../truth.ts'
import {
  findRevocations,
  insertRevocations,
  type Looked,
  lookForRevocations,
  prepareRevocations,
  type Revocation,
  type RevokedRow,
  sweepRevocations,
  truthNow,
} from './table.ts'

/** How old what a process knows may be. */
export const KNOWN_WITHIN_MS = 1_000
/** Monotonic clocks of two hosts run differently. */
const SLACK_MS = 50
const ANSWER_LIMIT_MS = 2_000
/** More than so many that are in force are not kept here: PostgreSQL is asked each time, for so long. */
const MOST_KNOWN = 100_000
const TOO_MANY_FOR_MS = 60_000
const SWEEP_EVERY_MS = 60_000

/** From when names are revoked: undefined for good, else what began until then. */
export type Revoked = ReadonlyMap<string, bigint | undefined>

interface Known {
  readonly beforeUs: bigint | undefined
  readonly untilMs: number
}

/** Whether something of a name that began then is revoked. */
export function isRevoked(revoked: Revoked, name: string, stampUs = 0n): boolean {
  if (!revoked.has(name)) return false
  const beforeUs = revoked.get(name)
  return beforeUs === undefined || stampUs <= beforeUs
}

/** The revocations of one truth, as this process knows them. */
export class Revocations<Session> {
  readonly #truth: Truth<Session>
  readonly #namespace: string
  readonly #clock: Clock
  readonly #mostKnown: number
  readonly #known = new Map<string, Known>()
  /** Since when there are too many to keep here. */
  #tooManyMs: number | undefined
  #horizon: bigint | undefined
  /** Looks are numbered: clocks may stand still, and two things happen in one millisecond. */
  #begun = 0
  /** The latest look that ended well. */
  #last = { number: 0, beganMs: -Infinity }
  #look: Promise<void> | undefined
  /** Looks up to this one say nothing any more: since then the store may have lost something. */
  #doubted = 0
  #sweptMs: number

  /** @param namespace that of the store: what is under another one was not revoked with it */
  constructor(truth: Truth<Session>, namespace: string, clock: Clock, mostKnown: number = MOST_KNOWN) {
    this.#truth = truth
    this.#namespace = namespace
    this.#clock = clock
    this.#mostKnown = mostKnown
    this.#sweptMs = clock.now()
  }

  /** Makes the table, and reads it. @throws what the database throws, RevocationUnknownError */
  async start(): Promise<void> {
    await prepareRevocations(this.#truth)
    await this.#since(this.#begun)
  }

  /** A connection to the store was lost, or came up. */
  doubt(): void {
    this.#doubted = this.#begun
  }

  /** The clock of the truth in microseconds. @throws RevocationUnknownError */
  now(): Promise<bigint> {
    return this.#answer(truthNow(this.#truth))
  }

  /**
   * Writes revocations down, for good. Whoever has not carried them out in the store waits for `everywhere` then.
   *
   * @throws RevocationUnknownError: they may have been written
   */
  async revoke(revocations: readonly Revocation[]): Promise<void> {
    await this.#answer(insertRevocations(this.#truth, this.#namespace, revocations))
    for (const { name, beforeUs, keepMs } of revocations) this.#learn({ name, beforeUs, leftMs: keepMs })
  }

  /** Resolves when no process answers any more without knowing what was written down before. */
  everywhere(): Promise<void> {
    return sleep(this.#clock, KNOWN_WITHIN_MS + SLACK_MS)
  }

  /**
   * What is revoked of these names. At once when this process knows: a promise only when it has to ask. `byStore`: the
   * store was asked before, and did not know of a revocation; without it PostgreSQL is asked in any case.
   *
   * @throws RevocationUnknownError when that does not answer
   */
  find(names: readonly string[], byStore: boolean): Revoked | Promise<Revoked> {
    const nowMs = this.#clock.now()
    if (this.#tooManyMs !== undefined) {
      if (nowMs - this.#tooManyMs < TOO_MANY_FOR_MS) return this.#ask(names)
      this.#tooManyMs = undefined
    }
    const ageMs = nowMs - this.#last.beganMs
    if (byStore && ageMs <= KNOWN_WITHIN_MS && this.#last.number > this.#doubted) {
      if (ageMs > KNOWN_WITHIN_MS / 2) this.#lookAgain().catch(() => undefined)
      return this.#named(names)
    }
    return this.#since(byStore ? this.#doubted : this.#begun).then(() =>
      this.#tooManyMs === undefined ? this.#named(names) : this.#ask(names),
    )
  }

  #named(names: readonly string[]): Revoked {
    const found = new Map<string, bigint | undefined>()
    for (const name of names) {
      const known = this.#inForce(name)
      if (known) found.set(name, known.beforeUs)
    }
    return found
  }

  #inForce(name: string): Known | undefined {
    const known = this.#known.get(name)
    return known && known.untilMs > this.#clock.now() ? known : undefined
  }

  async #ask(names: readonly string[]): Promise<Revoked> {
    const rows = await this.#answer(findRevocations(this.#truth, this.#namespace, names))
    return new Map(rows.map(({ name, beforeUs }) => [name, beforeUs]))
  }

  /** Resolves when a look has ended well that is later than number `after` and not too old. */
  async #since(after: number): Promise<void> {
    const fromMs = this.#clock.now() - KNOWN_WITHIN_MS
    while (this.#last.number <= after || this.#last.beganMs < fromMs) await this.#lookAgain()
  }

  #lookAgain(): Promise<void> {
    this.#look ??= this.#lookOnce().finally(() => (this.#look = undefined))
    return this.#look
  }

  async #lookOnce(): Promise<void> {
    const number = ++this.#begun
    const beganMs = this.#clock.now()
    if (beganMs - this.#sweptMs > SWEEP_EVERY_MS) this.#sweep(beganMs)
    const look = (from: bigint | undefined): Promise<Looked> =>
      this.#answer(lookForRevocations(this.#truth, this.#namespace, from, this.#mostKnown))
    const from = this.#horizon
    // Whoever answers next, after a failure, may be another PostgreSQL: it is read from the beginning.
    this.#horizon = undefined
    let { horizon, rows } = await look(from)
    if (from !== undefined && horizon < from) ({ horizon, rows } = await look(undefined))
    for (const row of rows) this.#learn(row)
    if (rows.length > this.#mostKnown || this.#known.size > this.#mostKnown) {
      this.#known.clear()
      this.#tooManyMs = this.#clock.now()
    } else this.#horizon = horizon
    this.#last = { number, beganMs }
  }

  /** A revocation in force gets stronger, never weaker. */
  #learn({ name, beforeUs, leftMs }: RevokedRow): void {
    const known = this.#inForce(name)
    const untilMs = Math.max(this.#clock.now() + leftMs, known?.untilMs ?? 0)
    const isForGood = beforeUs === undefined || (known !== undefined && known.beforeUs === undefined)
    const laterUs =
      known?.beforeUs === undefined || (beforeUs ?? 0n) > known.beforeUs ? beforeUs : known.beforeUs
    this.#known.set(name, { beforeUs: isForGood ? undefined : laterUs, untilMs })
  }

  #sweep(nowMs: number): void {
    this.#sweptMs = nowMs
    for (const [name, { untilMs }] of this.#known) if (untilMs <= nowMs) this.#known.delete(name)
    sweepRevocations(this.#truth).catch(() => undefined)
  }

  async #answer<Result>(asked: Promise<Result>): Promise<Result> {
    const answered = asked.then(
      (result) => ({ result }),
      (error: unknown) => ({ error }),
    )
    const outcome = await inTime(this.#clock, ANSWER_LIMIT_MS, answered)
    if (outcome && 'result' in outcome) return outcome.result
    throw new RevocationUnknownError(ANSWER_LIMIT_MS, outcome?.error)
  }
}
