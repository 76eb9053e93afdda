/**
 * The write side of the transaction fence. Inside the user's transaction, after its statements:
 *
 *   1. `pg_current_xact_id()`: the id by which anybody can ask how this transaction ended. In a transaction that a
 *      swallowed error has doomed it fails, and so does the write: PostgreSQL would answer COMMIT with ROLLBACK.
 *   2. FENCE every strong key. Not acknowledged: once more with another nonce, else roll back.
 *   3. the rows of `put`, read again. After the fence: whoever commits a change of such a row after this read had
 *      to put up a fence of their own while ours stood, and then neither value is stored.
 *   4. COMMIT.
 *   5. SETTLE every key: its new value is stored, or its fence taken down.
 *
 * A crash between 2 and 5 leaves fences: cold keys, never old values. Readers take them down (see `fence/entry.ts`).
 */
import { type Clock, sleep } from '../core/clock.ts'
import { WriteRolledBackError, WriteUnknownError, type WriteOutcome } from '../core/errors.ts'
import type { Random } from '../core/random.ts'
import { signals } from '../core/signals.ts'
import type { EncodedValue } from '../entry/values.ts'
import { fenceToken } from '../fence/entry.ts'
import type { FenceStore } from '../fence/port.ts'
import { transactionStatuses } from '../fence/transaction-status.ts'
import type { Keyspace } from '../keyspace/keyspace.ts'
import type { TransactionOptions, Truth } from '../truth.ts'
import { type Change, type Changes, ChangeSet } from './changes.ts'
import type { WriteTarget } from './target.ts'

/** How a write runs. */
export interface WriteOptions {
  /** Default: read committed. Under the others `put` acts as `touch`: their snapshot may be older than the fence. */
  readonly isolation?: TransactionOptions['isolation']
}

/** What a writer stands on. */
export interface WriterParts<Session> {
  readonly state: string
  readonly clock: Clock
  readonly random: Random
  readonly truth: Truth<Session>
  readonly fences: FenceStore
  readonly targets: ReadonlyMap<Keyspace, WriteTarget<Session>>
}

interface Attempt<Session> {
  readonly transactionId: string
  readonly changes: readonly Change<Session>[]
  /** Tokens that may stand on the keys, the one that counts last. */
  readonly tokens: string[]
  readonly values: Map<string, { readonly value: EncodedValue; readonly keepMs: number }>
  /** Everything is ready: only the COMMIT was left to do. */
  isReady: boolean
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
        const attempt = await this.#begin(tx, set.close())
        attempts.push(attempt)
        await this.#fence(attempt)
        await this.#readPuts(tx, attempt, options)
        attempt.isReady = true
        result = { value }
      }, options)
    } catch (error) {
      const last = attempts.at(-1)
      if (!last?.isReady || !result) {
        await this.#release(attempts)
        throw error
      }
      // The COMMIT failed, or its answer was lost. PostgreSQL knows which.
      if ((await this.#outcome(attempts, error)) === 'rolled-back') throw error
      return result.value
    }
    if (!result) throw new Error('the transaction of the truth resolved without running its body')
    await this.#committed(attempts)
    return result.value
  }

  async #begin(tx: Session, changes: readonly Change<Session>[]): Promise<Attempt<Session>> {
    const rows = await this.#parts.truth
      .query(tx, 'SELECT pg_current_xact_id()::text AS id')
      .catch((error: unknown) => {
        throw isDoomed(error) ? new WriteRolledBackError(error) : error
      })
    const transactionId = String(rows[0]?.['id'])
    return { transactionId, changes, tokens: [], values: new Map(), isReady: false }
  }

  async #fence(attempt: Attempt<Session>): Promise<void> {
    const keys = fencedKeys(attempt)
    if (keys.length === 0) return
    const putUp = (): Promise<void> => {
      const token = fenceToken(attempt.transactionId, this.#parts.random.token())
      attempt.tokens.push(token)
      return this.#parts.fences.fence(keys, token)
    }
    // With another nonce: the first command may still arrive, after this write has settled its own.
    await putUp().catch(putUp)
  }

  async #readPuts(tx: Session, attempt: Attempt<Session>, { isolation }: WriteOptions): Promise<void> {
    if (isolation !== undefined && isolation !== 'read committed') return
    for (const { target, id, key, isPut } of attempt.changes) {
      if (isPut && target.valueInside) attempt.values.set(key, await target.valueInside(tx, id))
    }
  }

  /** Asks PostgreSQL how the last attempt ended, and settles accordingly. */
  async #outcome(attempts: readonly Attempt<Session>[], cause: unknown): Promise<WriteOutcome> {
    const { truth, clock } = this.#parts
    const { transactionId } = attempts.at(-1) as Attempt<Session>
    const giveUpMs = clock.now() + OUTCOME_WAIT_MS
    for (;;) {
      const status = await transactionStatuses(truth, [transactionId]).then(
        ([known]) => known,
        () => undefined,
      )
      if (status === 'committed') {
        await this.#committed(attempts)
        return 'committed'
      }
      if (status === 'aborted') {
        await this.#release(attempts)
        return 'rolled-back'
      }
      if (clock.now() >= giveUpMs)
        throw new WriteUnknownError(transactionId, () => this.#outcome(attempts, cause), cause)
      await sleep(clock, OUTCOME_POLL_MS)
    }
  }

  async #committed(attempts: readonly Attempt<Session>[]): Promise<void> {
    const last = attempts.at(-1)
    if (!last) return
    const deletes = new Map<WriteTarget<Session>, Change<Session>['id'][]>()
    for (const { target, id } of last.changes) {
      if (target.how === 'delete') deletes.set(target, [...(deletes.get(target) ?? []), id])
    }
    await Promise.all([
      this.#settle(last),
      this.#release(attempts.slice(0, -1)),
      ...[...deletes].map(([target, ids]) =>
        target.remove?.(ids).catch((error: unknown) => this.#failed('delete', error)),
      ),
    ])
  }

  async #settle({ changes, tokens, values }: Attempt<Session>): Promise<void> {
    const { fences } = this.#parts
    const token = tokens.at(-1)
    await Promise.all(
      changes.map(async ({ target, key }) => {
        if (target.how !== 'fence' || token === undefined) return
        const put = values.get(key)
        try {
          // Fences of an attempt without an answer may stand beside ours: ours is contended then, and not stored.
          await fences.settle(key, token, put?.value, put?.keepMs)
          for (const earlier of tokens.slice(0, -1)) await fences.settle(key, earlier)
        } catch (error) {
          // The fence stays, and the next reader takes it down.
          this.#failed('settle', error)
        }
      }),
    )
  }

  /** Takes down the fences of what was rolled back. What cannot be taken down now, the next reader will. */
  async #release(attempts: readonly Attempt<Session>[]): Promise<void> {
    const { fences } = this.#parts
    await Promise.all(
      attempts.flatMap((attempt) =>
        fencedKeys(attempt).flatMap((key) =>
          attempt.tokens.map((token) =>
            fences.settle(key, token).catch((error: unknown) => this.#failed('settle', error)),
          ),
        ),
      ),
    )
  }

  #failed(operation: string, error: unknown): void {
    const { state } = this.#parts
    if (signals.storeFailure.hasSubscribers)
      signals.storeFailure.publish({ state, keyspace: 'write', operation, error })
  }
}

function fencedKeys<Session>({ changes }: Attempt<Session>): string[] {
  return changes.filter(({ target }) => target.how === 'fence').map(({ key }) => key)
}

/** PostgreSQL's "current transaction is aborted", however deep the driver wrapped it. */
function isDoomed(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  return (error as { code?: unknown }).code === '25P02' || isDoomed(error.cause)
}
