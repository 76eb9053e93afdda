import { TooOldError } from '../../core/errors.ts'
import { SingleFlight } from '../../core/single-flight.ts'
import type { KeyspaceContext } from '../../keyspace/context.ts'
import type { CachedCounts } from './counts.ts'
import type { CachedKeyspace } from './declare.ts'
import { type Fetcher, unwrap, type Wanted } from './fetcher.ts'
import type { Answer, Found } from './found.ts'
import { unlessLate } from './soft-timeout.ts'
import type { Stored, StoreTier } from './store-tier.ts'

/** Loads in flight: callers who want the same key share one, until an invalidation cuts it off for later ones. */
export class Flights<Id, Value, Deps> {
  readonly #context: KeyspaceContext
  readonly #keyspace: CachedKeyspace<Id, Value, Deps>
  readonly #store: StoreTier<Id, Value, Deps>
  readonly #fetcher: Fetcher<Id, Value, Deps>
  readonly #counts: CachedCounts
  readonly #loads = new SingleFlight<Found<Value>>()

  constructor(
    context: KeyspaceContext,
    keyspace: CachedKeyspace<Id, Value, Deps>,
    store: StoreTier<Id, Value, Deps>,
    fetcher: Fetcher<Id, Value, Deps>,
    counts: CachedCounts,
  ) {
    this.#context = context
    this.#keyspace = keyspace
    this.#store = store
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
    wanted: Wanted<Id>,
    maxAgeMs: number,
    fallback: Found<Value> | undefined,
    isStarted = false,
  ): Promise<Answer<Value>> {
    const { key } = wanted
    const start = (): Promise<Found<Value>> => this.#loads.join(key, () => this.#fetcher.fetch(wanted))
    const current = this.#loads.current(key)
    try {
      let found = await this.#orFallback(current ?? start(), fallback)
      // Joined a load that had been on its way for longer than this caller allows: only one of its own can do.
      if (current && !isStarted && this.#ageMs(found) > maxAgeMs) found = await start()
      if (found !== fallback) {
        const ageMs = this.#ageMs(found)
        if (ageMs > maxAgeMs) throw new TooOldError(key, ageMs, maxAgeMs)
        return { found, tier: 'source' }
      }
    } catch (error) {
      if (!fallback || this.#ageMs(fallback) > maxAgeMs) throw error
    }
    this.#counts.staleReads++
    return { found: fallback, tier: 'l2' }
  }

  /** One load for all of `wanted`. Whoever asks for one of these keys meanwhile waits for it. */
  startBatch(wanted: readonly Wanted<Id>[]): void {
    if (wanted.length === 0) return
    const batch = this.#fetcher.fetchMany(wanted)
    wanted.forEach(({ key }, index) => {
      // Who joins is told of a failure; nobody may have.
      this.#loads.join(key, async () => unwrap((await batch)[index])).catch(() => undefined)
    })
  }

  /**
   * Loads again behind a reader who was answered with `found`. A failure is told by signal and counts. `stored`: what
   * the store has; it is asked when memory answered, because another process may have been faster.
   */
  refresh(id: Id, key: string, found: Found<Value>, stored?: Stored<Value>): void {
    if (this.#loads.current(key)) return
    const load = async (): Promise<Found<Value>> => {
      if (stored) return this.#fetcher.fetch(wantedFor(id, key, stored))
      const now = await this.#store.read(key, this.#keyspace.marks.of(id as Readonly<Record<string, string>>))
      if (now.found && now.found.bornMs > found.bornMs) return now.found
      return this.#fetcher.fetch(wantedFor(id, key, now))
    }
    this.#loads.join(key, load).catch(() => undefined)
  }

  /** Whether a load of `key` is in flight. */
  has(key: string): boolean {
    return this.#loads.current(key) !== undefined
  }

  /** Later callers will not join the load of `key`. */
  forget(key: string): void {
    this.#loads.forget(key)
  }

  /** Later callers will not join any load that is in flight now. */
  forgetAll(): void {
    this.#loads.forgetAll()
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

/** What a load needs to know of a key that was looked up. */
export function wantedFor<Id, Value>(id: Id, key: string, { base, marks, names }: Stored<Value>): Wanted<Id> {
  return { id, key, base, marks, names }
}
