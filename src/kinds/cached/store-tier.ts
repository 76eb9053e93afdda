import { signals } from '../../core/signals.ts'
import type { Generations } from '../../entry/generations.ts'
import type { NewValue } from '../../entry/entry.ts'
import { packValue, sealingOf, unpackedLength } from '../../entry/packing.ts'
import type { EntryStore, Fill } from '../../entry/port.ts'
import type { KeyspaceContext } from '../../keyspace/context.ts'
import type { CachedCounts } from './counts.ts'
import type { CachedKeyspace } from './declare.ts'
import type { Freshness } from './freshness.ts'
import type { L1, Reservation } from './l1.ts'
import { type Stamp, stands } from './stamp.ts'
import { storeFailed } from './store-failure.ts'
import type { Ticket } from './ticket.ts'
import type { SealedValue } from './values.ts'

/** A loaded value, and the right to store it. */
export interface Filling<Value> {
  readonly ticket: Ticket
  /** That of the ticket. */
  readonly token: string
  readonly sealed: SealedValue<Value>
  /** When its load began, less the age that the loader gave it. */
  readonly bornMs: number
  readonly stamp: Stamp
}

/**
 * The way of values into the store, and into the L1 if there is one.
 *
 * Fills go on without the store when it fails: that is counted and signalled, and the loader has answered.
 * Writes that a caller asked for fail loudly instead.
 */
export class StoreTier<Id, Value, Deps> {
  readonly #context: KeyspaceContext
  readonly #keyspace: CachedKeyspace<Id, Value, Deps>
  /** The store itself, for tickets. */
  readonly entries: EntryStore
  readonly #l1: L1<Value> | undefined
  readonly #counts: CachedCounts
  readonly #generations: Generations
  /** How long an entry is kept after its ttl. */
  readonly #staleMs: number

  constructor(
    context: KeyspaceContext,
    keyspace: CachedKeyspace<Id, Value, Deps>,
    entries: EntryStore,
    l1: L1<Value> | undefined,
    counts: CachedCounts,
    freshness: Freshness,
    generations: Generations,
  ) {
    this.#context = context
    this.#keyspace = keyspace
    this.entries = entries
    this.#l1 = l1
    this.#counts = counts
    this.#staleMs = freshness.staleMs
    this.#generations = generations
  }

  /**
   * Stores loaded values, each in the place of its ticket's base. Nothing is stored of a load that was overtaken. Marks
   * the tickets that are used up.
   */
  async fillMany(loads: readonly Filling<Value>[]): Promise<void> {
    const packings = loads.map(({ ticket, sealed }) =>
      packValue(this.#keyspace, sealed.encoded, sealingOf(this.#context, this.#keyspace, ticket.key)),
    )
    // One that is compressed off the event loop is waited for; without, a fill leaves at once.
    const packed = packings.some((each) => each instanceof Promise)
      ? await Promise.all(packings.map(async (each) => each))
      : packings
    const nowMs = this.#context.clock.now()
    const filled: Filling<Value>[] = []
    const fills: Fill[] = []
    loads.forEach((load, index) => {
      const { ticket, token, sealed, bornMs, stamp } = load
      const { key, base } = ticket
      const ageMs = nowMs - bornMs
      const keepMs = Math.floor(sealed.encoded.ttlMs + this.#staleMs - ageMs)
      // Too old to be worth storing already.
      if (keepMs < 1) return
      if (!stands(stamp, this.#generations)) return this.#refused(key)
      filled.push(load)
      fills.push({ key, ticket: token, base, value: packed[index] as NewValue, ageMs, keepMs })
    })
    if (fills.length === 0) return
    const l1 = this.#l1
    const reservations = l1 && fills.map(({ key }) => l1.reserve(key))
    try {
      const stored = await this.entries.fillMany(fills)
      filled.forEach((load, index) => {
        const { ticket, sealed, bornMs, stamp } = load
        const reservation = reservations?.[index]
        ticket.used = true
        if (!stored[index]) this.#refused(ticket.key)
        if (reservation && stored[index]) this.#keep(reservation, sealed, bornMs, stamp)
        else if (reservation) l1?.cancel(reservation)
      })
      if (stored.includes(true)) this.#context.moments.refreshedMs = this.#context.clock.now()
    } catch (error) {
      reservations?.forEach((reservation) => l1?.cancel(reservation))
      this.failed('fill', error)
    }
  }

  /** Stores a value that a caller gave. Rejects when the store does not confirm. */
  async put(key: string, token: string, sealed: SealedValue<Value>, stamp: Stamp): Promise<void> {
    const reservation = this.#l1?.reserve(key)
    const bornMs = this.#context.clock.now()
    try {
      const packed = packValue(this.#keyspace, sealed.encoded, sealingOf(this.#context, this.#keyspace, key))
      await this.entries.put(
        key,
        token,
        packed instanceof Promise ? await packed : packed,
        sealed.encoded.ttlMs + this.#staleMs,
      )
    } catch (error) {
      if (reservation) this.#l1?.cancel(reservation)
      throw error
    }
    if (reservation) this.#keep(reservation, sealed, bornMs, stamp)
  }

  /** Makes entries count as not fresh any more. How many there were. Rejects when the store does not confirm. */
  expire(keys: readonly string[]): Promise<number> {
    return this.entries.expire(keys, this.#context.random.token())
  }

  /** Removes entries. How many there were. Rejects when the store does not confirm. */
  remove(keys: readonly string[]): Promise<number> {
    return this.entries.remove(keys)
  }

  #refused(key: string): void {
    const { state, name } = this.#context
    this.#counts.refusedFills++
    if (signals.refusedFill.hasSubscribers) signals.refusedFill.publish({ state, keyspace: name, key })
  }

  #keep(
    reservation: Reservation,
    { value, encoded }: SealedValue<Value>,
    bornMs: number,
    stamp: Stamp,
  ): void {
    this.#l1?.commit(
      reservation,
      { value, bornMs, freshUntilMs: bornMs + encoded.ttlMs, costMs: encoded.costMs },
      unpackedLength(encoded),
      stamp,
    )
  }

  /** A call went on without the store. */
  failed(operation: string, error: unknown): void {
    storeFailed(this.#context, this.#counts, operation, error)
  }
}
