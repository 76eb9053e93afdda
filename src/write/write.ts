/**
 * The write side of the transaction fence. Inside the user's transaction, after its statements:
 *
 *   1. `pg_current_xact_id()`: the id by which anybody can ask how this transaction ended. In a transaction that a
 *      swallowed error has doomed it fails, and so does the write: PostgreSQL would answer COMMIT with ROLLBACK.
 *      Then the gate, in the same round trip. Closed: nobody reads from the store, and only 4 is left.
 *   2. FENCE every strong key. Not acknowledged: the gate is read again, and they are fenced under another nonce, if
 *      it wants that; else roll back.
 *   3. the rows of `put`, read again, if the gate is open. After the fence: whoever commits a change of such a row
 *      after this read had to put up a fence of their own while ours stood, and then neither value is stored.
 *   4. COMMIT, if the store is still the one in which the fences stand.
 *   5. SETTLE every key: its new value is stored, or its fence taken down.
 *
 * A crash between 2 and 5 leaves fences: cold keys, never old values. Readers take them down (see `fence/entry.ts`).
 * A store that loses the fences after 4 is no longer trusted by anybody, and by the time that it is again, this
 * transaction has ended (see `gate/shared-gate.ts`).
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import { type Clock, sleep } from '../core/clock.ts'
import { DeclarationError, NestedWriteError, WriteUnknownError, type WriteOutcome } from '../core/errors.ts'
import { inTime } from '../core/in-time.ts'
import { transactionStatusSince, type TransactionStatus } from '../fence/transaction-status.ts'
import type { Keyspace } from '../keyspace/keyspace.ts'
import type { Outlet } from '../outbox/message.ts'
import { hasSqlState, type TransactionOptions } from '../truth.ts'
import { Attempt, type AttemptParts } from './attempt.ts'
import { type Changes, ChangeSet } from './changes.ts'
import { settleCommitted, settleRolledBack, type SettlementParts } from './settlement.ts'
import type { WriteTarget } from './target.ts'

/** How a write runs. */
export interface WriteOptions {
  /** Default: read committed. Under the others `put` acts as `touch`: their snapshot may be older than the fence. */
  readonly isolation?: TransactionOptions['isolation']
  /**
   * When the write resolves. `settled`, the default: values that were put are in the store, and other keys can be
   * stored by their next reader. `commit`: right after the COMMIT, a round trip earlier; until it has settled,
   * PostgreSQL answers the reads of its keys. Either way no read is older than the write.
   */
  readonly ack?: 'settled' | 'commit'
  /**
   * How often the body is run again, in a new transaction, when PostgreSQL refused this one because of others: a
   * serialization failure (40001) or a deadlock (40P01). A pause that grows lies between, tens of milliseconds. Default
   * 0, at most 10: the body must do nothing but what the transaction undoes.
   */
  readonly retries?: number
}

/** What a writer stands on. */
export interface WriterParts<Session> extends AttemptParts<Session>, SettlementParts<Session> {
  readonly clock: Clock
  /** Where the messages of keyspaces go. */
  readonly outlets: ReadonlyMap<Keyspace, Outlet>
  readonly targets: ReadonlyMap<Keyspace, WriteTarget<Session>>
  /** Removes what has the tag of an id `{ tag }`. */
  readonly tags: WriteTarget<Session>
}

/** How long PostgreSQL may take to notice that the connection of a transaction is gone. */
const OUTCOME_WAIT_MS = 2_000
const OUTCOME_POLL_MS = 50
/** What PostgreSQL says to one of several that would not have come out the same one after the other. */
const LOST_TO_OTHERS = ['40001', '40P01']
const MOST_RETRIES = 10
const FIRST_PAUSE_MS = 10
const LONGEST_PAUSE_MS = 500
/** Writes that are acknowledged and not settled. One more waits for its own settlement. */
const MOST_BEHIND = 1_000

/** A body of a write, and the one of another state in which it runs. */
interface Body {
  readonly of: object
  readonly inside: Body | undefined
  isRunning: boolean
}

/**
 * Follows bodies, and all that they start. One for all writers: each of these makes every promise of the process
 * dearer, for ever.
 */
const bodies = new AsyncLocalStorage<Body>()

/** Runs writes of one state. */
export class Writer<Session> {
  readonly #parts: WriterParts<Session>
  readonly #behind = new Set<Promise<void>>()

  constructor(parts: WriterParts<Session>) {
    this.#parts = parts
  }

  /**
   * Runs `body` in a transaction. When this resolves, every strong read of what it changed is at least as new, in any
   * process.
   *
   * @throws what `body` or the database throws: rolled back. The store's errors: it could not take the fences, rolled
   * back. WriteRolledBackError, TooManyKeysError: likewise. NestedWriteError. WriteUnknownError: the commit was sent, and its outcome could not be found out.
   */
  async write<Result>(
    body: (tx: Session, changes: Changes) => Promise<Result>,
    options: WriteOptions = {},
  ): Promise<Result> {
    for (let around = bodies.getStore(); around; around = around.inside)
      if (around.of === this && around.isRunning) throw new NestedWriteError()
    const { retries = 0 } = options
    if (!Number.isInteger(retries) || retries < 0 || retries > MOST_RETRIES)
      throw new DeclarationError('write.retries', `must be a whole number from 0 to ${MOST_RETRIES}`)
    for (let run = 0; ; run++) {
      try {
        return await this.#writeOnce(body, options)
      } catch (error) {
        // Of unknown outcome: it may have been done.
        if (run >= retries || error instanceof WriteUnknownError || !hasSqlState(error, LOST_TO_OTHERS))
          throw error
      }
      const { clock, random } = this.#parts
      await sleep(clock, Math.min(FIRST_PAUSE_MS * 2 ** run, LONGEST_PAUSE_MS) * (0.5 + random.float()))
    }
  }

  async #writeOnce<Result>(
    body: (tx: Session, changes: Changes) => Promise<Result>,
    options: WriteOptions,
  ): Promise<Result> {
    const { truth, targets, tags, outlets } = this.#parts
    const attempts: Attempt<Session>[] = []
    let result: { readonly value: Result } | undefined
    try {
      await truth.transaction(async (tx) => {
        // A driver may run the body again: each run begins afresh.
        result = undefined
        const set = new ChangeSet(targets, tags, outlets)
        const value = await this.#runBody(() => body(tx, set))
        const attempt = await Attempt.begin(this.#parts, tx, set.close(), set.messages)
        attempts.push(attempt)
        await attempt.prepare(tx)
        result = { value }
      }, options)
    } catch (error) {
      if (!result) {
        await settleRolledBack(this.#parts, attempts)
        throw error
      }
      // The COMMIT failed, or its answer was lost. PostgreSQL knows which.
      if ((await this.#outcome(attempts, error)) === 'rolled-back') throw error
      return result.value
    }
    if (!result) throw new Error('the transaction of the truth resolved without running its body')
    const settled = settleCommitted(this.#parts, attempts)
    if (options.ack !== 'commit' || this.#behind.size >= MOST_BEHIND) await settled
    else {
      this.#behind.add(settled)
      void settled.finally(() => this.#behind.delete(settled))
    }
    return result.value
  }

  /** Resolves when all that was acknowledged is settled. */
  async settled(): Promise<void> {
    await Promise.all(this.#behind)
  }

  async #runBody<Result>(body: () => Promise<Result>): Promise<Result> {
    const running: Body = { of: this, inside: bodies.getStore(), isRunning: true }
    try {
      return await bodies.run(running, body)
    } finally {
      running.isRunning = false
    }
  }

  /** Asks PostgreSQL until it says how the last attempt ended, and settles accordingly. @throws WriteUnknownError */
  async #outcome(
    attempts: readonly Attempt<Session>[],
    cause: unknown,
  ): Promise<'committed' | 'rolled-back'> {
    const { clock } = this.#parts
    const last = attempts.at(-1) as Attempt<Session>
    const giveUpMs = clock.now() + OUTCOME_WAIT_MS
    for (;;) {
      const outcome = await this.#outcomeNow(attempts, giveUpMs - clock.now())
      if (outcome === 'committed' || outcome === 'rolled-back') return outcome
      if (clock.now() + OUTCOME_POLL_MS >= giveUpMs) {
        const resolve = (): Promise<WriteOutcome> => this.#outcomeNow(attempts, OUTCOME_WAIT_MS)
        throw new WriteUnknownError(last.transactionId, resolve, cause)
      }
      await sleep(clock, OUTCOME_POLL_MS)
    }
  }

  /** Asks PostgreSQL once how the last attempt ended, and settles accordingly. Never rejects. */
  async #outcomeNow(attempts: readonly Attempt<Session>[], limitMs: number): Promise<WriteOutcome> {
    const last = attempts.at(-1) as Attempt<Session>
    const status = await this.#ask(last, limitMs)
    if (status === 'in progress') return 'in progress'
    if (status === 'committed') {
      await settleCommitted(this.#parts, attempts)
      return 'committed'
    }
    if (status !== 'aborted') return 'unknown'
    await settleRolledBack(this.#parts, attempts)
    return 'rolled-back'
  }

  /** Undefined without an answer in time: a driver's own limits may be longer. */
  async #ask(
    { transactionId, life }: Attempt<Session>,
    limitMs: number,
  ): Promise<TransactionStatus | undefined> {
    const { truth, clock } = this.#parts
    return inTime(clock, limitMs, transactionStatusSince(truth, transactionId, life)).catch(() => undefined)
  }
}
