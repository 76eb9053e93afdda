import type { Timer } from '../../core/clock.ts'
import { InvalidValueError, LoadError, LoadTimeoutError, ValueTooLargeError } from '../../core/errors.ts'
import { signals } from '../../core/signals.ts'
import { sealValue, type SealedValue } from '../../entry/values.ts'
import type { KeyspaceContext } from '../../keyspace/context.ts'
import type { Truth } from '../../truth.ts'
import type { StrongKeyspace } from './declare.ts'
import { LoadQueue, type Turn } from './load-queue.ts'
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
        ? this.#inSnapshot((tx) => this.#oneInside(tx, id))
        : this.#oneInside(this.#truth.session, id)
    return this.#inTime(key, 1, this.#queue.load(key, this.#counted(key, 1, load)))
  }

  /** The committed values, all as of one moment after this call. @throws LoadError, LoadTimeoutError */
  many(ids: readonly Id[]): Promise<SealedValue<Value>[]> {
    const what = `${ids.length} keys of ${this.#context.name}`
    const load = (): Promise<SealedValue<Value>[]> => this.#inSnapshot((tx) => this.manyInside(tx, ids))
    const turn = `snapshot ${this.#snapshotsTaken++}`
    return this.#inTime(what, ids.length, this.#snapshots.load(turn, this.#counted(what, ids.length, load)))
  }

  async #oneInside(tx: Session, id: Id): Promise<SealedValue<Value>> {
    return this.#seal(await this.#keyspace.load(id, tx))
  }

  /** The values as `tx` sees them. */
  async manyInside(tx: Session, ids: readonly Id[]): Promise<SealedValue<Value>[]> {
    const { loadMany } = this.#keyspace
    if (!loadMany) {
      const values: SealedValue<Value>[] = []
      // One after the other: they share a connection.
      for (const id of ids) values.push(await this.#oneInside(tx, id))
      return values
    }
    const values = await loadMany(ids, tx)
    if (Array.isArray(values) && values.length === ids.length) return values.map((value) => this.#seal(value))
    throw new RangeError(`loadMany was asked for ${ids.length} ids and must answer with a list of as many`)
  }

  #seal(value: unknown): SealedValue<Value> {
    return sealValue(this.#context.name, this.#keyspace, value)
  }

  #inSnapshot<Result>(read: (tx: Session) => Promise<Result>): Promise<Result> {
    return this.#truth.transaction(read, { isolation: 'repeatable read', readOnly: true })
  }

  /** A load that is counted and reported once, however many share it, and whose failure says what failed. */
  #counted<Result>(what: string, keys: number, load: () => Promise<Result>): () => Promise<Result> {
    return async () => {
      const startedMs = this.#context.clock.now()
      this.#counts.loads += keys
      try {
        const result = await load()
        this.#report('loaded', keys, startedMs)
        return result
      } catch (error) {
        this.#failed(keys)
        this.#report('failed', keys, startedMs, error)
        // What the loader answered, and not the loader, is at fault.
        if (error instanceof InvalidValueError || error instanceof ValueTooLargeError) throw error
        throw new LoadError(what, error)
      }
    }
  }

  /** The result, if it comes in time. A load that has begun goes on, and keeps its place, but nobody waits for it. */
  async #inTime<Result>(what: string, keys: number, { result, leave }: Turn<Result>): Promise<Result> {
    const { clock } = this.#context
    const { loadTimeoutMs } = this.#keyspace
    const startedMs = clock.now()
    let deadline: Timer | undefined
    const expired = new Promise<never>((_, reject) => {
      deadline = clock.after(loadTimeoutMs, () => {
        const error = new LoadTimeoutError(what, loadTimeoutMs)
        this.#failed(keys)
        this.#report('timeout', keys, startedMs, error)
        reject(error)
      })
    })
    try {
      return await Promise.race([result, expired])
    } finally {
      deadline?.cancel()
      leave()
    }
  }

  #failed(keys: number): void {
    this.#counts.loadFailures += keys
    this.#context.moments.failedMs = this.#context.clock.now()
  }

  #report(outcome: 'loaded' | 'failed' | 'timeout', keys: number, startedMs: number, error?: unknown): void {
    if (!signals.load.hasSubscribers) return
    const { state, name, clock } = this.#context
    const durationMs = clock.now() - startedMs
    signals.load.publish({ state, keyspace: name, keys, durationMs, outcome, error })
  }
}
