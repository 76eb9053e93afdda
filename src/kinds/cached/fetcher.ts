import type { KeyspaceContext } from '../../keyspace/context.ts'
import type { CachedKeyspace } from './declare.ts'
import type { Found } from './found.ts'
import type { Loaded, Loader } from './loader.ts'
import type { StoreTier } from './store-tier.ts'
import { seal } from './values.ts'

/** A ticket outlives the load that it is for by this, so that the value can still be stored. */
const TICKET_MARGIN_MS = 2_000

/**
 * Loads under a ticket: claim, load, fill.
 *
 * The ticket is taken before the loader asks its source, and checked by the store when the value arrives. So every
 * delete or set that came in between is seen, and a value that may be from before it is handed to those who waited
 * but not stored. Without the right to fill, the value is loaded and not stored either.
 */
export class Fetcher<Id, Value, Deps> {
  readonly #context: KeyspaceContext
  readonly #keyspace: CachedKeyspace<Id, Value, Deps>
  readonly #store: StoreTier<Id, Value, Deps>
  readonly #loader: Loader<Id, Value, Deps>

  constructor(
    context: KeyspaceContext,
    keyspace: CachedKeyspace<Id, Value, Deps>,
    store: StoreTier<Id, Value, Deps>,
    loader: Loader<Id, Value, Deps>,
  ) {
    this.#context = context
    this.#keyspace = keyspace
    this.#store = store
    this.#loader = loader
  }

  /** One loaded value. */
  async fetch(id: Id, key: string): Promise<Found<Value>> {
    const [result] = await this.fetchMany([id], [key])
    return unwrap(result)
  }

  /**
   * The loaded values in the order of `ids`, each for itself: one that its schema refuses does not spoil the rest.
   * Rejects when the loader fails.
   */
  async fetchMany(
    ids: readonly Id[],
    keys: readonly string[],
  ): Promise<PromiseSettledResult<Found<Value>>[]> {
    const { clock, random } = this.#context
    const leaseMs = this.#keyspace.loadTimeoutMs + TICKET_MARGIN_MS
    const tickets = await Promise.all(
      keys.map(async (key) => {
        const ticket = random.token()
        return (await this.#store.claim(key, ticket, leaseMs)) ? ticket : undefined
      }),
    )
    const startedMs = clock.now()
    let loaded: readonly Loaded[]
    try {
      loaded = await this.#loader.load(ids, keys)
    } catch (error) {
      tickets.forEach((ticket, index) => this.#release(keys[index], ticket))
      throw error
    }
    return Promise.allSettled(
      loaded.map(({ value, ageMs }, index) => {
        return this.#fill(keys[index] as string, tickets[index], value, startedMs - ageMs)
      }),
    )
  }

  async #fill(
    key: string,
    ticket: string | undefined,
    value: unknown,
    bornMs: number,
  ): Promise<Found<Value>> {
    let sealed
    try {
      sealed = seal(this.#context.name, this.#keyspace, value)
    } catch (error) {
      this.#release(key, ticket)
      throw error
    }
    if (ticket !== undefined) await this.#store.fill(key, ticket, sealed, bornMs)
    return { value: sealed.value, bornMs, freshUntilMs: bornMs + sealed.encoded.ttlMs }
  }

  #release(key: string | undefined, ticket: string | undefined): void {
    if (key !== undefined && ticket !== undefined) this.#store.release(key, ticket)
  }
}

/** The value of a settled result, or its error thrown. */
export function unwrap<Value>(result: PromiseSettledResult<Value> | undefined): Value {
  if (result?.status === 'fulfilled') return result.value
  throw result?.reason
}
