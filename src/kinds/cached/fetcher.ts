import type { Generations, Watch } from '../../entry/generations.ts'
import type { KeyspaceContext } from '../../keyspace/context.ts'
import type { CachedKeyspace } from './declare.ts'
import type { Found } from './found.ts'
import type { Freshness } from './freshness.ts'
import type { Loaded, Loader } from './loader.ts'
import { tagMark } from './mark-names.ts'
import { formatStamp, type Stamp } from './stamp.ts'
import type { StoreTier } from './store-tier.ts'
import { type Ticket, Tickets } from './tickets.ts'
import { type Wait, Waiters } from './waiters.ts'
import { seal } from './values.ts'

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
  readonly #tickets: Tickets
  readonly #waiters: Waiters

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
    this.#tickets = new Tickets(context, store, keyspace.loadTimeoutMs)
    this.#waiters = new Waiters(context.clock)
  }

  /** Whether a load of this process holds the ticket of `key`. */
  holdsTicket(key: string): boolean {
    return this.#tickets.holds(key)
  }

  /** Something happened to `key` or its ticket: who waits for a load of somebody else looks again. */
  wake(key: string): void {
    this.#waiters.wake(key)
  }

  /** What happens may not be told any more. */
  wakeAll(): void {
    this.#waiters.wakeAll()
  }

  /** One loaded value. */
  async fetch(wanted: Wanted<Id>): Promise<Found<Value>> {
    const [result] = await this.fetchMany([wanted])
    return unwrap(result)
  }

  /**
   * The loaded values in the order of `wanted`, each for itself: one that its schema refuses does not spoil the rest.
   * Rejects when the loader fails.
   *
   * What another process is loading is waited for, once. When nothing came of that, it is loaded here, whoever else
   * may be doing the same: a source that fails must not make them queue up behind each other.
   */
  async fetchMany(wanted: readonly Wanted<Id>[]): Promise<PromiseSettledResult<Found<Value>>[]> {
    const waits = wanted.map(({ key }) => this.#waiters.begin(key))
    const tickets = await this.#tickets.claim(wanted)
    const mine: number[] = []
    const others: number[] = []
    tickets.forEach(({ isTaken }, index) => (isTaken ? others : mine).push(index))
    const results: PromiseSettledResult<Found<Value>>[] = []
    const load = async (indices: readonly number[], under: readonly Ticket[]): Promise<void> => {
      const loaded = await this.#loadUnder(
        indices.map((index) => wanted[index] as Wanted<Id>),
        under,
      )
      loaded.forEach((result, place) => (results[indices[place] as number] = result))
    }
    const nothingCame: number[] = []
    const waitForOther = async (index: number): Promise<void> => {
      const found = await this.#fromOther(wanted[index] as Wanted<Id>, waits[index] as Wait)
      if (found) results[index] = { status: 'fulfilled', value: found }
      else nothingCame.push(index)
    }
    try {
      await Promise.all([
        mine.length > 0 &&
          load(
            mine,
            mine.map((index) => tickets[index] as Ticket),
          ),
        ...others.map(waitForOther),
      ])
    } finally {
      for (const wait of waits) wait.end()
    }
    if (nothingCame.length > 0)
      await load(
        nothingCame,
        await this.#tickets.claim(nothingCame.map((index) => wanted[index] as Wanted<Id>)),
      )
    return results
  }

  /** The value that another process loaded, if it came in time. */
  async #fromOther({ key, names }: Wanted<Id>, wait: Wait): Promise<Found<Value> | undefined> {
    await wait.over(this.#keyspace.loadTimeoutMs)
    const { found } = await this.#store.read(key, names)
    return found && found.freshUntilMs > this.#context.clock.now() ? found : undefined
  }

  async #loadUnder(
    wanted: readonly Wanted<Id>[],
    tickets: readonly Ticket[],
  ): Promise<PromiseSettledResult<Found<Value>>[]> {
    const watch = this.#generations.watch()
    try {
      const startedMs = this.#context.clock.now()
      const loaded = await this.#loader.load(
        wanted.map(({ id }) => id),
        wanted.map(({ key }) => key),
      )
      const costMs = this.#context.clock.now() - startedMs
      return await Promise.allSettled(
        loaded.map((each, index) => {
          const bornMs = startedMs - each.ageMs
          return this.#fill(
            wanted[index] as Wanted<Id>,
            tickets[index] as Ticket,
            each,
            bornMs,
            costMs,
            watch,
          )
        }),
      )
    } finally {
      watch.end()
      this.#tickets.giveBack(tickets)
      // The store tells others; a later load of this process may be waiting, too.
      for (const { key } of tickets) this.#waiters.wake(key)
    }
  }

  async #fill(
    wanted: Wanted<Id>,
    ticket: Ticket,
    loaded: Loaded,
    bornMs: number,
    costMs: number,
    watch: Watch,
  ): Promise<Found<Value>> {
    const ttlMs = loaded.ttlMs ?? this.#freshness.ttlMs(this.#keyspace.ttlMs)
    const stamp = loaded.isSkipped ? undefined : await this.#stamp(wanted, loaded.tags, watch)
    const marks = stamp ? formatStamp(stamp) : ''
    const sealed = seal(this.#context.name, this.#keyspace, loaded.value, { ttlMs, costMs, marks })
    if (stamp && ticket.token !== undefined) {
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

/** The value of a settled result, or its error thrown. */
export function unwrap<Value>(result: PromiseSettledResult<Value> | undefined): Value {
  if (result?.status === 'fulfilled') return result.value
  throw result?.reason
}
