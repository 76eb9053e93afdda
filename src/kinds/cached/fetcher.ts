import type { Generations, Watch } from '../../entry/generations.ts'
import type { KeyspaceContext } from '../../keyspace/context.ts'
import type { CachedKeyspace } from './declare.ts'
import { type Found, FoundValue } from './found.ts'
import type { Freshness } from './freshness.ts'
import type { Loaded, Loader } from './loader.ts'
import { tagMark } from './mark-names.ts'
import { formatStamp, type Stamp } from './stamp.ts'
import type { Lookup } from './lookup.ts'
import type { Filling, StoreTier } from './store-tier.ts'
import type { Ticket } from './ticket.ts'
import { TICKET_LEASE_MS, Tickets } from './tickets.ts'
import { type Wait, Waiters } from './waiters.ts'
import type { Wanted } from './wanted.ts'
import { seal } from './values.ts'

/** A load that this process does in the place of one that nothing came of. */
interface Takeover<Id, Value> {
  readonly index: number
  readonly wanted: Wanted<Id, Value>
  readonly ticket: Ticket
}

/** A ticket has ended this long after its lease, as seen from here. */
const LEASE_MARGIN_MS = 50

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
  readonly #lookup: Lookup<Id, Value, Deps>
  readonly #store: StoreTier<Id, Value, Deps>
  readonly #loader: Loader<Id, Value, Deps>
  readonly #freshness: Freshness
  readonly #generations: Generations
  readonly #tickets: Tickets
  readonly #waiters: Waiters

  constructor(
    context: KeyspaceContext,
    keyspace: CachedKeyspace<Id, Value, Deps>,
    lookup: Lookup<Id, Value, Deps>,
    store: StoreTier<Id, Value, Deps>,
    loader: Loader<Id, Value, Deps>,
    freshness: Freshness,
    generations: Generations,
  ) {
    this.#context = context
    this.#keyspace = keyspace
    this.#lookup = lookup
    this.#store = store
    this.#loader = loader
    this.#freshness = freshness
    this.#generations = generations
    this.#tickets = new Tickets(context, store)
    this.#waiters = new Waiters(context.clock)
  }

  /** Whether a load of this process holds the ticket of `key`. */
  holdsTicket(key: string): boolean {
    return this.#tickets.holds(key)
  }

  /** Somebody else changed the ticket of `key`. Whether that overtook a load of this process. */
  ticketChanged(key: string): boolean {
    const isOvertaken = this.#tickets.changed(key)
    this.wake(key)
    return isOvertaken
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
  async fetch(wanted: Wanted<Id, Value>, maxAgeMs?: number): Promise<Found<Value>> {
    const [result] = await this.fetchMany([wanted], maxAgeMs)
    return unwrap(result)
  }

  /**
   * The loaded values in the order of `wanted`, each for itself: one that its schema refuses does not spoil the rest.
   * Rejects when the loader fails.
   *
   * What another process is loading is waited for, as long as that process is alive. When nothing came of it, it is
   * loaded here, whoever else may be doing the same: a source that fails must not make them queue up behind each other.
   */
  async fetchMany(
    wanted: readonly Wanted<Id, Value>[],
    maxAgeMs: number = Infinity,
  ): Promise<PromiseSettledResult<Found<Value>>[]> {
    const wakes = this.#waiters.watch()
    const tickets = await this.#tickets.claim(wanted)
    const results: PromiseSettledResult<Found<Value>>[] = []
    const load = async (loads: readonly Takeover<Id, Value>[]): Promise<void> => {
      if (loads.length === 0) return
      const loaded = await this.#loadUnder(
        loads.map(({ wanted }) => wanted),
        loads.map(({ ticket }) => ticket),
      )
      loaded.forEach((result, place) => (results[(loads[place] as Takeover<Id, Value>).index] = result))
    }
    const mine: Takeover<Id, Value>[] = []
    const takeovers: Takeover<Id, Value>[] = []
    const waits: Wait[] = []
    const waiting: Promise<void>[] = []
    tickets.forEach((ticket, index) => {
      const one = { index, wanted: wanted[index] as Wanted<Id, Value>, ticket }
      if (ticket.takenBy === undefined && !ticket.isLate) mine.push(one)
      else {
        const wait = this.#waiters.begin(ticket.key, wakes.saw(ticket.key))
        waits.push(wait)
        waiting.push(this.#waitForOther(one, wait, maxAgeMs, results, takeovers))
      }
    })
    wakes.end()
    const waited = Promise.all(waiting).finally(() => waits.forEach((wait) => wait.end()))
    try {
      await Promise.all([load(mine), waited])
    } catch (error) {
      const unused = (): void => this.#tickets.giveBack(takeovers.map(({ ticket }) => ticket))
      waited.then(unused, unused)
      throw error
    }
    await load(takeovers)
    return results
  }

  /** Waits for what another process is loading. Adds its value to the results, or a load of our own to the takeovers. */
  async #waitForOther(
    { index, wanted, ticket }: Takeover<Id, Value>,
    wait: Wait,
    maxAgeMs: number,
    results: PromiseSettledResult<Found<Value>>[],
    takeovers: Takeover<Id, Value>[],
  ): Promise<void> {
    const { clock } = this.#context
    const endMs = clock.now() + this.#keyspace.loadTimeoutMs
    let last = ticket
    for (;;) {
      if (!last.isLate) await wait.over(Math.min(TICKET_LEASE_MS + LEASE_MARGIN_MS, endMs - clock.now()))
      const seen = await this.#lookAgain(wanted, maxAgeMs)
      if ('value' in seen) {
        this.#tickets.giveBack([last])
        return void (results[index] = { status: 'fulfilled', value: seen.value })
      }
      // Ours since before this look: nobody can have stored anything in between.
      if (last.token !== undefined)
        return void takeovers.push({ index, wanted: seen, ticket: { ...last, base: seen.base ?? last.base } })
      const next = await this.#tickets.claimOne(seen)
      // Still the same: it was told of when it was taken, or extended, or its lease is not over yet.
      const isStillLoading = next.takenBy !== undefined && next.takenBy === ticket.takenBy
      if (!(isStillLoading || next.isLate) || clock.now() >= endMs)
        return void takeovers.push({ index, wanted: seen, ticket: next })
      last = next
    }
  }

  /** The value that another load has stored, if there is one by now; else what a load of our own would replace. */
  async #lookAgain(
    wanted: Wanted<Id, Value>,
    maxAgeMs: number,
  ): Promise<{ value: Found<Value> } | Wanted<Id, Value>> {
    const { id, key, names, load } = wanted
    const stored = await this.#lookup.read(key, names)
    const { found } = stored
    const nowMs = this.#context.clock.now()
    if (found && found.freshUntilMs > nowMs && nowMs - found.bornMs <= maxAgeMs) return { value: found }
    return stored.error === undefined ? this.#lookup.wanted(id, key, stored, load) : wanted
  }

  async #loadUnder(
    wanted: readonly Wanted<Id, Value>[],
    tickets: readonly Ticket[],
  ): Promise<PromiseSettledResult<Found<Value>>[]> {
    const watch = this.#generations.watch()
    try {
      const startedMs = this.#context.clock.now()
      const loaded = await this.#loader.load(
        wanted.map(({ id }) => id),
        wanted.map(({ key }) => key),
        // Only a call for one key brings a loader of its own.
        wanted[0]?.load,
      )
      const costMs = this.#context.clock.now() - startedMs
      await this.#learnTags(loaded)
      const fillings: Filling<Value>[] = []
      const results = loaded.map((each, index): PromiseSettledResult<Found<Value>> => {
        const one = wanted[index] as Wanted<Id, Value>
        const bornMs = startedMs - each.ageMs
        const ttlMs = each.ttlMs ?? this.#freshness.ttlMs(this.#keyspace.ttlMs)
        const stamp = each.isSkipped ? undefined : this.#stamp(one, each.tags, watch)
        const marks = stamp ? formatStamp(stamp) : ''
        try {
          const sealed = seal(this.#context.name, this.#keyspace, each.value, { ttlMs, costMs, marks })
          const ticket = tickets[index] as Ticket
          const { token } = ticket
          if (stamp && token !== undefined) fillings.push({ ticket, token, sealed, bornMs, stamp })
          return new Fulfilled(new FoundValue(sealed.value, bornMs, bornMs + ttlMs, costMs))
        } catch (reason) {
          return { status: 'rejected', reason }
        }
      })
      if (fillings.length > 0) await this.#store.fillMany(fillings)
      return results
    } finally {
      watch.end()
      this.#tickets.giveBack(tickets)
      // The store tells others; a later load of this process may be waiting, too.
      for (const { key } of tickets) this.#waiters.wake(key)
    }
  }

  /** Asks for the marks of tags that the loader gave. What the store does not say is not known, and not stored under. */
  async #learnTags(loaded: readonly Loaded[]): Promise<void> {
    const names = new Set<string>()
    for (const { tags, isSkipped } of loaded) if (!isSkipped) for (const tag of tags) names.add(tagMark(tag))
    if (names.size > 0) await this.#generations.marks([...names]).catch(() => undefined)
  }

  /**
   * Under which generations a loaded value counts; undefined when that cannot be said. Those of its id were known
   * before the load. Those of tags that the loader gave are asked for after it: good only if none of them changed
   * since before the load began.
   */
  #stamp({ names, marks }: Wanted<Id, Value>, tags: readonly string[], watch: Watch): Stamp | undefined {
    if (marks === undefined) return undefined
    if (tags.length === 0) return { names, marks, tags, tagMarks: '' }
    const tagNames = tags.map(tagMark)
    const tagMarks = this.#generations.known(tagNames)
    return tagMarks === undefined || watch.sawChange(tagNames) ? undefined : { names, marks, tags, tagMarks }
  }
}

/** See `ParsedEntry`. */
class Fulfilled<Value> implements PromiseFulfilledResult<Value> {
  readonly status = 'fulfilled'
  readonly value: Value

  constructor(value: Value) {
    this.value = value
  }
}

/** The value of a settled result, or its error thrown. */
export function unwrap<Value>(result: PromiseSettledResult<Value> | undefined): Value {
  if (result?.status === 'fulfilled') return result.value
  throw result?.reason
}
