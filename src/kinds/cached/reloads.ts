import { ClosedError } from '../../core/errors.ts'
import type { Immutable } from '../../core/immutable.ts'
import type { KeyspaceContext } from '../../keyspace/context.ts'
import type { Coherence } from './coherence.ts'
import type { CachedCounts } from './counts.ts'
import type { CachedKeyspace, LoadFunction } from './declare.ts'
import type { Flights } from './flights.ts'
import type { Loader } from './loader.ts'
import type { Lookup } from './lookup.ts'
import type { StoreTier } from './store-tier.ts'
import { seal } from './values.ts'

/** Loads that somebody wants whatever is cached. They fail as reads do. */
export class Reloads<Id extends Readonly<Record<string, string>>, Value, Deps> {
  readonly #context: KeyspaceContext
  readonly #keyspace: CachedKeyspace<Id, Value, Deps>
  readonly #lookup: Lookup<Id, Value, Deps>
  readonly #store: StoreTier<Id, Value, Deps>
  readonly #coherence: Coherence<Id, Value, Deps>
  readonly #flights: Flights<Id, Value, Deps>
  readonly #loader: Loader<Id, Value, Deps>
  readonly #counts: CachedCounts

  constructor(
    context: KeyspaceContext,
    keyspace: CachedKeyspace<Id, Value, Deps>,
    lookup: Lookup<Id, Value, Deps>,
    store: StoreTier<Id, Value, Deps>,
    coherence: Coherence<Id, Value, Deps>,
    flights: Flights<Id, Value, Deps>,
    loader: Loader<Id, Value, Deps>,
    counts: CachedCounts,
  ) {
    this.#context = context
    this.#keyspace = keyspace
    this.#lookup = lookup
    this.#store = store
    this.#coherence = coherence
    this.#flights = flights
    this.#loader = loader
    this.#counts = counts
  }

  /**
   * Loads and stores. What is cached expires first, and with it the tickets: a load that began before this call is
   * overtaken by it. Others may still fall back to what was there.
   */
  async andStore(id: Id, load?: LoadFunction<Id, Value>): Promise<Immutable<Value> | null> {
    const key = this.#keyspace.pattern.key(id)
    this.#refuseWhenClosed()
    this.#coherence.cutOff(key)
    try {
      await this.#store.expire([key])
    } catch (error) {
      if (this.#keyspace.onStoreDown === 'fail') throw error
      return this.alone(id, load)
    }
    this.#coherence.forgetFlights(key)
    const stored = await this.#lookup.read(key, this.#keyspace.marks.of(id))
    this.#counts.misses++
    const wanted = this.#lookup.wanted(id, key, stored, load)
    return (await this.#flights.load(wanted, Infinity, undefined)).found.value
  }

  /** Loads, apart from everything: nothing is looked up, shared or stored. */
  async alone(id: Id, load?: LoadFunction<Id, Value>): Promise<Immutable<Value> | null> {
    const key = this.#keyspace.pattern.key(id)
    this.#refuseWhenClosed()
    const [loaded] = await this.#loader.load([id], [key], load)
    return seal(this.#context.name, this.#keyspace, loaded?.value, { ttlMs: 0, costMs: 0, marks: '' }).value
  }

  #refuseWhenClosed(): void {
    if (this.#context.isClosed()) throw new ClosedError()
  }
}
