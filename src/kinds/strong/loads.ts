import type { Timer } from '../../core/clock.ts'
import { InvalidValueError, LoadError, LoadTimeoutError } from '../../core/errors.ts'
import { signals } from '../../core/signals.ts'
import { sealValue, type SealedValue } from '../../entry/values.ts'
import type { KeyspaceContext } from '../../keyspace/context.ts'
import type { Truth } from '../../truth.ts'
import type { StrongKeyspace } from './declare.ts'
import { LoadQueue } from './load-queue.ts'
import type { StrongCounts } from './strong.ts'

/** Loads of one keyspace at a time: when everything is cold, PostgreSQL must not be overrun. */
const MOST_AT_ONCE = 16

/** Calls the loaders of one strong keyspace: bounded, with a deadline, counted, and with their failures wrapped. */
export class StrongLoads<Id, Value, Session> {
  readonly #context: KeyspaceContext
  readonly #keyspace: StrongKeyspace<Id, Value, Session>
  readonly #truth: Truth<Session>
  readonly #counts: StrongCounts
  readonly #queue = new LoadQueue<SealedValue<Value>>(MOST_AT_ONCE)
  readonly #snapshots = new LoadQueue<SealedValue<Value>[]>(MOST_AT_ONCE)
  #snapshotsTaken = 0

  constructor(
    context: KeyspaceContext,
    keyspace: StrongKeyspace<Id, Value, Session>,
    truth: Truth<Session>,
    counts: StrongCounts,
  ) {
    this.#context = context
    this.#keyspace = keyspace
    this.#truth = truth
    this.#counts = counts
  }

  /** The committed value, as of some moment after this call. @throws LoadError, LoadTimeoutError */
  one(id: Id, key: string): Promise<SealedValue<Value>> {
    const load = (): Promise<SealedValue<Value>> =>
      this.#keyspace.snapshot
        ? this.#inSnapshot((tx) => this.inside(tx, id))
        : this.inside(this.#truth.session, id)
    return this.#guard(key, 1, this.#queue.load(key, load))
  }

  /** The committed values, all as of one moment after this call. @throws LoadError, LoadTimeoutError */
  many(ids: readonly Id[]): Promise<SealedValue<Value>[]> {
    const { loadMany } = this.#keyspace
    const load = (): Promise<SealedValue<Value>[]> =>
      this.#inSnapshot(async (tx) => {
        if (!loadMany) {
          const values: SealedValue<Value>[] = []
          // One after the other: they share a connection.
          for (const id of ids) values.push(await this.inside(tx, id))
          return values
        }
        const values = await loadMany(ids, tx)
        if (!Array.isArray(values) || values.length !== ids.length)
          throw new InvalidValueError(
            this.#context.name,
            `loadMany was asked for ${ids.length} ids and must answer with a list of as many`,
          )
        return values.map((value) => sealValue(this.#context.name, this.#keyspace, value))
      })
    const turn = `snapshot ${this.#snapshotsTaken++}`
    return this.#guard(
      `${ids.length} keys of ${this.#context.name}`,
      ids.length,
      this.#snapshots.load(turn, load),
    )
  }

  /** The value as `tx` sees it. */
  async inside(tx: Session, id: Id): Promise<SealedValue<Value>> {
    return sealValue(this.#context.name, this.#keyspace, await this.#keyspace.load(id, tx))
  }

  #inSnapshot<Result>(read: (tx: Session) => Promise<Result>): Promise<Result> {
    return this.#truth.transaction(read, { isolation: 'repeatable read', readOnly: true })
  }

  /** Counts, reports and bounds a load. One that takes too long goes on, and keeps its place, but nobody waits for it. */
  async #guard<Result>(what: string, keys: number, load: Promise<Result>): Promise<Result> {
    const { clock, state, name } = this.#context
    const { loadTimeoutMs } = this.#keyspace
    const startedMs = clock.now()
    this.#counts.loads += keys
    const report = (outcome: 'loaded' | 'failed' | 'timeout', error?: unknown): void => {
      if (!signals.load.hasSubscribers) return
      signals.load.publish({
        state,
        keyspace: name,
        keys,
        durationMs: clock.now() - startedMs,
        outcome,
        error,
      })
    }
    let deadline: Timer | undefined
    const expired = new Promise<never>((_, reject) => {
      deadline = clock.after(loadTimeoutMs, () => reject(new LoadTimeoutError(what, loadTimeoutMs)))
    })
    try {
      const result = await Promise.race([load, expired])
      report('loaded')
      return result
    } catch (error) {
      this.#counts.loadFailures += keys
      if (error instanceof LoadTimeoutError) {
        report('timeout', error)
        throw error
      }
      report('failed', error)
      throw new LoadError(what, error)
    } finally {
      deadline?.cancel()
    }
  }
}
