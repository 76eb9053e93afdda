/**
 * The write side of the transaction fence. Inside the user's transaction, after its statements:
 *
 *   1. `pg_current_xact_id()`: the id by which anybody can ask how this transaction ended. In a transaction that a
 *      swallowed error has doomed it fails, and so does the write: PostgreSQL would answer COMMIT with ROLLBACK.
 *   2. FENCE every strong key. Not acknowledged: once more with another nonce, else roll back.
 *   3. the rows of `put`, read again. After the fence: whoever commits a change of such a row after this read had
 *      to put up a fence of their own while ours stood, and then neither value is stored.
 *   4. COMMIT, if the store is still the one in which the fences stand.
 *   5. SETTLE every key: its new value is stored, or its fence taken down.
 *
 * A crash between 2 and 5 leaves fences: cold keys, never old values. Readers take them down (see `fence/entry.ts`).
 *
 * Its limit: a store that comes back empty, under the run id of its own, between the check of 4 and the end of the
 * COMMIT. A reader may then store there what it read before the commit, until step 5 sees the other run and fences
 * that one too; if the writer dies before that, until the ttl ends.
 */
import { type Clock, sleep } from '../core/clock.ts'
import { WriteUnknownError, type WriteOutcome } from '../core/errors.ts'
import { transactionStatusSince, type TransactionStatus } from '../fence/transaction-status.ts'
import type { Keyspace } from '../keyspace/keyspace.ts'
import type { TransactionOptions } from '../truth.ts'
import { Attempt, type AttemptParts } from './attempt.ts'
import { type Changes, ChangeSet } from './changes.ts'
import { settleCommitted, settleRolledBack, type SettlementParts } from './settlement.ts'
import type { WriteTarget } from './target.ts'

/** How a write runs. */
export interface WriteOptions {
  /** Default: read committed. Under the others `put` acts as `touch`: their snapshot may be older than the fence. */
  readonly isolation?: TransactionOptions['isolation']
}

/** What a writer stands on. */
export interface WriterParts<Session> extends AttemptParts<Session>, SettlementParts<Session> {
  readonly clock: Clock
  readonly targets: ReadonlyMap<Keyspace, WriteTarget<Session>>
}

/** How long PostgreSQL may take to notice that the connection of a transaction is gone. */
const OUTCOME_WAIT_MS = 2_000
const OUTCOME_POLL_MS = 50

/** Runs writes of one state. */
export class Writer<Session> {
  readonly #parts: WriterParts<Session>

  constructor(parts: WriterParts<Session>) {
    this.#parts = parts
  }

  /**
   * Runs `body` in a transaction. When this resolves, every strong read of what it changed is at least as new, in any
   * process.
   *
   * @throws what `body` or the database throws: rolled back. The store's errors: it could not take the fences, rolled
   * back. WriteRolledBackError. WriteUnknownError: the commit was sent, and its outcome could not be found out.
   */
  async write<Result>(
    body: (tx: Session, changes: Changes) => Promise<Result>,
    options: WriteOptions = {},
  ): Promise<Result> {
    const { truth, targets } = this.#parts
    const attempts: Attempt<Session>[] = []
    let result: { readonly value: Result } | undefined
    try {
      await truth.transaction(async (tx) => {
        // A driver may run the body again: each run begins afresh.
        result = undefined
        const set = new ChangeSet(targets)
        const value = await body(tx, set)
        const attempt = await Attempt.begin(this.#parts, tx, set.close())
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
    await settleCommitted(this.#parts, attempts)
    return result.value
  }

  /** Asks PostgreSQL how the last attempt ended, and settles accordingly. @throws WriteUnknownError */
  async #outcome(attempts: readonly Attempt<Session>[], cause: unknown): Promise<WriteOutcome> {
    const { clock } = this.#parts
    const last = attempts.at(-1) as Attempt<Session>
    const giveUpMs = clock.now() + OUTCOME_WAIT_MS
    for (;;) {
      const status = await this.#ask(last, giveUpMs - clock.now())
      if (status === 'committed') {
        await settleCommitted(this.#parts, attempts)
        return 'committed'
      }
      if (status === 'aborted') {
        await settleRolledBack(this.#parts, attempts)
        return 'rolled-back'
      }
      if (clock.now() + OUTCOME_POLL_MS >= giveUpMs)
        throw new WriteUnknownError(last.transactionId, () => this.#outcome(attempts, cause), cause)
      await sleep(clock, OUTCOME_POLL_MS)
    }
  }

  /** Undefined without an answer in time: a driver's own limits may be longer. */
  async #ask(
    { transactionId, life }: Attempt<Session>,
    limitMs: number,
  ): Promise<TransactionStatus | undefined> {
    const { truth, clock } = this.#parts
    const over = new AbortController()
    const asked = transactionStatusSince(truth, transactionId, life)
    try {
      return await Promise.race([asked, sleep(clock, limitMs, over.signal).then(() => undefined)])
    } catch {
      return undefined
    } finally {
      over.abort()
    }
  }
}
