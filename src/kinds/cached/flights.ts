import { TooOldError } from '../../core/errors.ts'
import { SingleFlight } from '../../core/single-flight.ts'
import type { KeyspaceContext } from '../../keyspace/context.ts'
import type { CachedCounts } from './counts.ts'
import type { CachedKeyspace, LoadFunction } from './declare.ts'
import { type Fetcher, unwrap } from './fetcher.ts'
import { type Answer, AnswerBy, type Found } from './found.ts'
import { unlessLate } from './soft-timeout.ts'
import type { Lookup, Stored } from './lookup.ts'
import type { Wanted } from './wanted.ts'

/** What a load of several keys comes to, each for itself. */
export type Results<Value> = readonly PromiseSettledResult<Found<Value>>[]

/** One load of several keys. */
interface Batch<Id, Value> {
  readonly wanted: readonly Wanted<Id, Value>[]
  readonly results: Promise<Results<Value>>
}

/** Loads in flight: callers who want the same key share one, until an invalidation cuts it off for later ones. */
export class Flights<Id, Value, Deps> {
  readonly #context: KeyspaceContext
  readonly #keyspace: CachedKeyspace<Id, Value, Deps>
  readonly #lookup: Lookup<Id, Value, Deps>
  readonly #fetcher: Fetcher<Id, Value, Deps>
  readonly #counts: CachedCounts
  readonly #loads = new SingleFlight<Found<Value>>()
  /** Keys of batches that are in flight. A key gets a flight of its own when somebody joins it. */
  readonly #batches = new Map<string, Batch<Id, Value>>()

  constructor(
    context: KeyspaceContext,
    keyspace: CachedKeyspace<Id, Value, Deps>,
    lookup: Lookup<Id, Value, Deps>,
    fetcher: Fetcher<Id, Value, Deps>,
    counts: CachedCounts,
  ) {
    this.#context = context
    this.#keyspace = keyspace
    this.#lookup = lookup
    this.#fetcher = fetcher
    this.#counts = counts
  }

  /**
   * The value of a load that is no older than `maxAgeMs`, or `fallback` where the load fails or takes too long.
   * `isStarted`: the load that is in flight was begun for this caller.
   *
   * @throws what the fetcher throws; TooOldError
   */
  async load(
    wanted: Wanted<Id, Value>,
    maxAgeMs: number,
    fallback: Found<Value> | undefined,
    isStarted = false,
  ): Promise<Answer<Value>> {
    const { key } = wanted
    const start = (): Promise<Found<Value>> =>
      this.#loads.join(key, () => this.#fetcher.fetch(wanted, maxAgeMs))
    const current = this.#current(key)
    try {
      let found = await this.#orFallback(current ?? start(), fallback)
      // Joined a load that had been on its way for longer than this caller allows: only one of its own can do.
      if (current && !isStarted && this.#ageMs(found) > maxAgeMs) found = await start()
      if (found !== fallback) {
        return this.#answer(key, found, maxAgeMs)
      }
    } catch (error) {
      if (!fallback || this.#ageMs(fallback) > maxAgeMs) throw error
    }
    this.#counts.staleReads++
    return { found: fallback, tier: 'l2' }
  }

  /** One load for all of `wanted`. Whoever asks for one of these keys meanwhile waits for it. */
  startBatch(wanted: readonly Wanted<Id, Value>[]): Promise<Results<Value>> {
    if (wanted.length === 0) return Promise.resolve([])
    const batch = { wanted, results: this.#fetcher.fetchMany(wanted) }
    for (const { key } of wanted) this.#batches.set(key, batch)
    const end = (): void => {
      for (const { key } of wanted) if (this.#batches.get(key) === batch) this.#batches.delete(key)
    }
    // Whoever waits is told of a failure; nobody may.
    batch.results.then(end, end)
    return batch.results
  }

  /** The answer that a load of a batch makes. @throws what the load of this key failed with; TooOldError */
  answer(key: string, result: Results<Value>[number] | undefined, maxAgeMs: number): Answer<Value> {
    return this.#answer(key, unwrap(result), maxAgeMs)
  }

  /**
   * Loads again behind a reader who was answered with `found`. A failure is told by signal and counts. `stored`: what
   * the store has; it is asked when memory answered, because another process may have been faster.
   */
  refresh(
    id: Id,
    key: string,
    found: Found<Value>,
    stored: Stored<Value> | undefined,
    own: LoadFunction<Id, Value> | undefined,
  ): void {
    if (this.has(key)) return
    const load = async (): Promise<Found<Value>> => {
      if (stored) return this.#fetcher.fetch(this.#lookup.wanted(id, key, stored, own))
      const now = await this.#lookup.read(
        key,
        this.#keyspace.marks.of(id as Readonly<Record<string, string>>),
      )
      if (now.found && now.found.bornMs > found.bornMs) return now.found
      return this.#fetcher.fetch(this.#lookup.wanted(id, key, now, own))
    }
    this.#loads.join(key, load).catch(() => undefined)
  }

  /** Whether a load of `key` is in flight. */
  has(key: string): boolean {
    return this.#loads.current(key) !== undefined || this.#batches.has(key)
  }

  /** What this process is doing about `key`: loading it, and having the right to store the result. */
  doing(key: string): { readonly isLoading: boolean; readonly hasTicket: boolean } {
    return { isLoading: this.has(key), hasTicket: this.#fetcher.holdsTicket(key) }
  }

  /** Later callers will not join the load of `key`. */
  forget(key: string): void {
    this.#loads.forget(key)
    this.#batches.delete(key)
  }

  /** Later callers will not join any load that is in flight now. */
  forgetAll(): void {
    this.#loads.forgetAll()
    this.#batches.clear()
  }

  #current(key: string): Promise<Found<Value>> | undefined {
    const flight = this.#loads.current(key)
    const batch = flight ? undefined : this.#batches.get(key)
    if (!batch) return flight
    const place = batch.wanted.findIndex((one) => one.key === key)
    return this.#loads.join(key, async () => unwrap((await batch.results)[place]))
  }

  #answer(key: string, found: Found<Value>, maxAgeMs: number): Answer<Value> {
    // Nearly all callers take any age, and the clock is asked for none of them.
    const ageMs = maxAgeMs === Infinity ? 0 : this.#ageMs(found)
    if (ageMs > maxAgeMs) throw new TooOldError(key, ageMs, maxAgeMs)
    return new AnswerBy(found, 'source')
  }

  #orFallback(load: Promise<Found<Value>>, fallback: Found<Value> | undefined): Promise<Found<Value>> {
    const { softTimeoutMs } = this.#keyspace
    if (!fallback || softTimeoutMs === undefined) return load
    return unlessLate(this.#context.clock, load, softTimeoutMs, fallback)
  }

  #ageMs(found: Found<Value>): number {
    return this.#context.clock.now() - found.bornMs
  }
}
