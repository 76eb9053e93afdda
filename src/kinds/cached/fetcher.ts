import type { Generations, Watch } from '../../entry/generations.ts'
import type { KeyspaceContext } from '../../keyspace/context.ts'
import type { CachedKeyspace } from './declare.ts'
import type { Found } from './found.ts'
import type { Freshness } from './freshness.ts'
import type { Loaded, Loader } from './loader.ts'
import { tagMark } from './mark-names.ts'
import { formatStamp, type Stamp } from './stamp.ts'
import type { StoreTier } from './store-tier.ts'
import { seal } from './values.ts'

/** A ticket outlives the load that it is for by this, so that the value can still be stored. */
const TICKET_MARGIN_MS = 2_000

/** A key to load, and what a value for it will replace: undefined when the store did not answer. */
export interface Wanted<Id> {
  readonly id: Id
  readonly key: string
  readonly base: string | undefined
  /** The generations under which the value will count. */
  readonly marks: string | undefined
  readonly names: readonly string[]
}

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
  readonly #freshness: Freshness
  readonly #generations: Generations
  /** The tickets that loads in flight hold, by key. */
  readonly #held = new Map<string, string>()

  constructor(
    context: KeyspaceContext,
    keyspace: CachedKeyspace<Id, Value, Deps>,
    store: StoreTier<Id, Value, Deps>,
    loader: Loader<Id, Value, Deps>,
    freshness: Freshness,
    generations: Generations,
  ) {
    this.#context = context
    this.#keyspace = keyspace
    this.#store = store
    this.#loader = loader
    this.#freshness = freshness
    this.#generations = generations
  }

  /** Whether a load of this process holds the ticket of `key`. */
  holdsTicket(key: string): boolean {
    return this.#held.has(key)
  }

  /** One loaded value. */
  async fetch(wanted: Wanted<Id>): Promise<Found<Value>> {
    const [result] = await this.fetchMany([wanted])
    return unwrap(result)
  }

  /**
   * The loaded values in the order of `wanted`, each for itself: one that its schema refuses does not spoil the rest.
   * Rejects when the loader fails.
   */
  async fetchMany(wanted: readonly Wanted<Id>[]): Promise<PromiseSettledResult<Found<Value>>[]> {
    const watch = this.#generations.watch()
    const tickets = await this.#claimAll(wanted)
    try {
      const startedMs = this.#context.clock.now()
      const ids = wanted.map(({ id }) => id)
      const keys = wanted.map(({ key }) => key)
      const loaded = await this.#loader.load(ids, keys)
      const costMs = this.#context.clock.now() - startedMs
      return await Promise.allSettled(
        loaded.map((each, index) =>
          this.#fill(
            wanted[index] as Wanted<Id>,
            tickets[index],
            each,
            startedMs - each.ageMs,
            costMs,
            watch,
          ),
        ),
      )
    } finally {
      watch.end()
      for (const ticket of tickets) {
        if (this.#held.get(ticket.key) === ticket.token) this.#held.delete(ticket.key)
        if (ticket.token !== undefined && !ticket.used) this.#store.release(ticket.key, ticket.token)
      }
    }
  }

  /** Tickets in the order of `wanted`, so many at a time that a large batch does not fill the connection's queue. */
  async #claimAll(wanted: readonly Wanted<Id>[]): Promise<Ticket[]> {
    const tickets: Ticket[] = []
    for (let start = 0; start < wanted.length; start += CLAIMS_AT_ONCE) {
      const some = wanted.slice(start, start + CLAIMS_AT_ONCE)
      tickets.push(...(await Promise.all(some.map(({ key, base }) => this.#claim(key, base)))))
    }
    return tickets
  }

  async #claim(key: string, base: string | undefined): Promise<Ticket> {
    const token = this.#context.random.token()
    const leaseMs = this.#keyspace.loadTimeoutMs + TICKET_MARGIN_MS
    if (base === undefined || !(await this.#store.claim(key, token, leaseMs))) return { key, used: false }
    this.#held.set(key, token)
    return { key, token, base, used: false }
  }

  async #fill(
    wanted: Wanted<Id>,
    ticket: Ticket | undefined,
    loaded: Loaded,
    bornMs: number,
    costMs: number,
    watch: Watch,
  ): Promise<Found<Value>> {
    const ttlMs = loaded.ttlMs ?? this.#freshness.ttlMs(this.#keyspace.ttlMs)
    const stamp = loaded.isSkipped ? undefined : await this.#stamp(wanted, loaded.tags, watch)
    const marks = stamp ? formatStamp(stamp) : ''
    const sealed = seal(this.#context.name, this.#keyspace, loaded.value, { ttlMs, costMs, marks })
    if (stamp && ticket?.token !== undefined && ticket.base !== undefined) {
      ticket.used = await this.#store.fill(ticket.key, ticket.token, ticket.base, sealed, bornMs, stamp)
    }
    return { value: sealed.value, bornMs, freshUntilMs: bornMs + ttlMs, costMs }
  }

  /**
   * Under which generations a loaded value counts; undefined when that cannot be said. Those of its id were known
   * before the load. Those of tags that the loader gave are asked for after it: good only if none of them changed
   * since before the load began.
   */
  async #stamp(
    { names, marks }: Wanted<Id>,
    tags: readonly string[],
    watch: Watch,
  ): Promise<Stamp | undefined> {
    if (marks === undefined) return undefined
    if (tags.length === 0) return { names, marks, tags, tagMarks: '' }
    const tagNames = tags.map(tagMark)
    const tagMarks = await this.#generations.marks(tagNames).catch(() => undefined)
    return tagMarks === undefined || watch.sawChange(tagNames) ? undefined : { names, marks, tags, tagMarks }
  }
}

/** Claims in flight of one batch. */
const CLAIMS_AT_ONCE = 1_000

/** The right to fill `key`, if it was granted. */
interface Ticket {
  readonly key: string
  readonly token?: string
  readonly base?: string
  /** Nothing is left to give back. */
  used: boolean
}

/** The value of a settled result, or its error thrown. */
export function unwrap<Value>(result: PromiseSettledResult<Value> | undefined): Value {
  if (result?.status === 'fulfilled') return result.value
  throw result?.reason
}
