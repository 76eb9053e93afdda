import { StoreTimeoutError } from '../../core/errors.ts'
import { freezeDeep } from '../../core/immutable.ts'
import { signals } from '../../core/signals.ts'
import { baseOf, type Entry, parseEntry } from '../../entry/entry.ts'
import type { Generations } from '../../entry/generations.ts'
import type { EntryStore } from '../../entry/port.ts'
import type { KeyspaceContext } from '../../keyspace/context.ts'
import type { CachedCounts } from './counts.ts'
import type { CachedKeyspace } from './declare.ts'
import type { Found } from './found.ts'
import type { L1, Reservation } from './l1.ts'
import { unsealValue } from '../../entry/values.ts'
import type { Freshness } from './freshness.ts'
import { tagMark } from './mark-names.ts'
import { parseStamp, type Stamp, stands } from './stamp.ts'
import type { SealedValue } from './values.ts'

/** An entry born this much later than now tells that the store's clock was set back: its age is not known. */
const CLOCK_TOLERANCE_MS = 2_000

/** Keys of one command. */
const MOST_KEYS_AT_ONCE = 1_000

/** What was read for one key, taken apart. */
interface Seen {
  readonly raw: string | null
  readonly names: readonly string[]
  readonly entry: Entry | undefined
  readonly stamp: Stamp | undefined
}

/** What the store holds under one key. */
export interface Stored<Value> {
  /** The value, if there is one that can be read. */
  readonly found: Found<Value> | undefined
  /** What a fill must name that replaces it; undefined when the store did not answer. */
  readonly base: string | undefined
  /** The generations under which a value counts that is loaded from now on; undefined when they are not known. */
  readonly marks: string | undefined
  readonly names: readonly string[]
  /** Why the store did not answer. */
  readonly error?: unknown
}

interface SharedRead<Value> {
  readonly stored: Promise<Stored<Value>>
  /** More than one caller will get the value. */
  isShared: boolean
}

/**
 * The store as a tier: entries in, values out, and whatever passes through is kept in the L1 if there is one.
 *
 * Reads and claims go on without the store when it fails: that is counted and signalled, and the loader answers.
 * Writes that a caller asked for fail loudly instead.
 */
export class StoreTier<Id, Value, Deps> {
  readonly #context: KeyspaceContext
  readonly #keyspace: CachedKeyspace<Id, Value, Deps>
  readonly #entries: EntryStore
  readonly #l1: L1<Value> | undefined
  readonly #counts: CachedCounts
  readonly #generations: Generations
  /** How long an entry is kept after its ttl. */
  readonly #staleMs: number
  readonly #reads = new Map<string, SharedRead<Value>>()

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
    this.#entries = entries
    this.#l1 = l1
    this.#counts = counts
    this.#staleMs = freshness.staleMs
    this.#generations = generations
  }

  /** What is under `key`, which counts under `names`. Callers at the same time share one read. */
  read(key: string, names: readonly string[]): Promise<Stored<Value>> {
    const known = this.#reads.get(key)
    if (known) {
      known.isShared = true
      return known.stored
    }
    const reservation = this.#l1?.reserve(key)
    const read: SharedRead<Value> = {
      isShared: false,
      stored: this.#readWithMarks(key, names).then(
        (seen) => {
          if (this.#reads.get(key) === read) this.#reads.delete(key)
          return this.#stored(key, seen, reservation, read.isShared, this.#context.clock.now())
        },
        (error: unknown) => {
          if (this.#reads.get(key) === read) this.#reads.delete(key)
          return this.#unanswered(error, reservation)
        },
      ),
    }
    this.#reads.set(key, read)
    return read.stored
  }

  /** What is under `keys`, in one command for each thousand. `names` in the order of the keys. */
  async readMany(keys: readonly string[], names: readonly (readonly string[])[]): Promise<Stored<Value>[]> {
    const l1 = this.#l1
    const reservations = l1 && keys.map((key) => l1.reserve(key))
    let seen: Seen[]
    try {
      seen = await this.#readManyWithMarks(keys, names)
    } catch (error) {
      return keys.map((_, index) => this.#unanswered(error, reservations?.[index]))
    }
    const nowMs = this.#context.clock.now()
    return keys.map((key, index) =>
      this.#stored(key, seen[index] as Seen, reservations?.[index], false, nowMs),
    )
  }

  async #readManyWithMarks(keys: readonly string[], names: readonly (readonly string[])[]): Promise<Seen[]> {
    const unknown = this.#unknownOf(names)
    const [raws] = await Promise.all([
      this.#readRaws(keys),
      unknown.size > 0 ? this.#generations.marks([...unknown]) : undefined,
    ])
    const seen = raws.map((raw, index) => this.#see(raw, names[index] as readonly string[]))
    const tags = new Set<string>()
    for (const { stamp } of seen) for (const tag of stamp?.tags ?? []) tags.add(tagMark(tag))
    if (tags.size > 0) await this.#generations.marks([...tags])
    return seen
  }

  #unknownOf(names: readonly (readonly string[])[]): ReadonlySet<string> {
    const unknown = new Set<string>()
    let last: readonly string[] | undefined
    for (const each of names) {
      // Keys without groups and tags share one list.
      if (each === last) continue
      last = each
      if (this.#generations.known(each) === undefined)
        for (const name of each) if (this.#generations.known([name]) === undefined) unknown.add(name)
    }
    return unknown
  }

  /** Longer commands would keep the server from others for too long. */
  async #readRaws(keys: readonly string[]): Promise<(string | null)[]> {
    if (keys.length <= MOST_KEYS_AT_ONCE) return this.#entries.readMany(keys)
    const raws: (string | null)[] = []
    for (let start = 0; start < keys.length; start += MOST_KEYS_AT_ONCE)
      raws.push(...(await this.#entries.readMany(keys.slice(start, start + MOST_KEYS_AT_ONCE))))
    return raws
  }

  async #readWithMarks(key: string, names: readonly string[]): Promise<Seen> {
    let raw: string | null
    if (this.#generations.known(names) === undefined) {
      // In one command with the entry: reads of one turn leave together.
      ;[raw] = await Promise.all([this.#entries.read(key), this.#generations.marks(names)])
    } else {
      raw = await this.#entries.read(key)
    }
    const seen = this.#see(raw, names)
    const tags = seen.stamp?.tags ?? []
    if (tags.length > 0) await this.#generations.marks(tags.map(tagMark))
    return seen
  }

  #see(raw: string | null, names: readonly string[]): Seen {
    const entry = raw === null ? undefined : parseEntry(raw)
    return { raw, names, entry, stamp: entry && parseStamp(entry.marks, names) }
  }

  /** What is under `key`, for people: nothing is counted or kept. Rejects as the store does. */
  async look(key: string, names: readonly string[]): Promise<Found<Value> | undefined> {
    const { raw, entry, stamp } = await this.#readWithMarks(key, names)
    return raw === null ? undefined : this.#found(key, entry, stamp, this.#context.clock.now())
  }

  /** Later callers will not join a read of `key` that is under way. */
  forgetRead(key: string): void {
    this.#reads.delete(key)
  }

  /** Later callers will not join any read that is under way now. */
  forgetReads(): void {
    this.#reads.clear()
  }

  /** Asks for the right to fill. */
  async claim(key: string, ticket: string, leaseMs: number): Promise<'granted' | 'taken' | 'unanswered'> {
    try {
      return (await this.#entries.claim(key, ticket, leaseMs)) ? 'granted' : 'taken'
    } catch (error) {
      this.#failed('claim', error)
      // It may have been granted all the same, and would keep every load from storing until it ends.
      if (error instanceof StoreTimeoutError) this.release(key, ticket)
      return 'unanswered'
    }
  }

  /** Gives the right to fill back, without waiting: a ticket that stays ends by itself. */
  release(key: string, ticket: string): void {
    this.#entries.release(key, ticket).catch((error: unknown) => this.#failed('release', error))
  }

  /**
   * Stores a value in the place of `base`. Its load began at `bornMs`; if that was overtaken nothing is stored.
   * Whether the ticket is used up by it.
   */
  async fill(
    key: string,
    ticket: string,
    base: string,
    sealed: SealedValue<Value>,
    bornMs: number,
    stamp: Stamp,
  ): Promise<boolean> {
    const { clock } = this.#context
    const ageMs = clock.now() - bornMs
    const keepMs = Math.floor(sealed.encoded.ttlMs + this.#staleMs - ageMs)
    // Too old to be worth storing already.
    if (keepMs < 1) return false
    if (!stands(stamp, this.#generations)) {
      this.#refused(key)
      return false
    }
    const reservation = this.#l1?.reserve(key)
    try {
      const stored = await this.#entries.fill(key, ticket, base, sealed.encoded, ageMs, keepMs)
      if (stored && reservation) this.#keep(reservation, sealed, bornMs, stamp)
      else if (reservation) this.#l1?.cancel(reservation)
      if (!stored) this.#refused(key)
      return true
    } catch (error) {
      if (reservation) this.#l1?.cancel(reservation)
      this.#failed('fill', error)
      return false
    }
  }

  /** Stores a value that a caller gave. Rejects when the store does not confirm. */
  async put(key: string, token: string, sealed: SealedValue<Value>, stamp: Stamp): Promise<void> {
    const reservation = this.#l1?.reserve(key)
    const bornMs = this.#context.clock.now()
    try {
      await this.#entries.put(key, token, sealed.encoded, sealed.encoded.ttlMs + this.#staleMs)
    } catch (error) {
      if (reservation) this.#l1?.cancel(reservation)
      throw error
    }
    if (reservation) this.#keep(reservation, sealed, bornMs, stamp)
  }

  /** Makes entries count as not fresh any more. How many there were. Rejects when the store does not confirm. */
  expire(keys: readonly string[]): Promise<number> {
    return this.#entries.expire(keys, this.#context.random.token())
  }

  /** Removes entries. How many there were. Rejects when the store does not confirm. */
  remove(keys: readonly string[]): Promise<number> {
    return this.#entries.remove(keys)
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
      encoded.payload.length,
      stamp,
    )
  }

  #stored(
    key: string,
    { raw, names, entry, stamp }: Seen,
    reservation: Reservation | undefined,
    isShared: boolean,
    nowMs: number,
  ): Stored<Value> {
    const found = raw === null ? undefined : this.#found(key, entry, stamp, nowMs)
    if (found && (reservation || isShared)) freezeDeep(found.value)
    if (reservation) {
      if (found && stamp) this.#l1?.commit(reservation, found, raw?.length ?? 0, stamp)
      else this.#l1?.cancel(reservation)
    }
    return { found, base: baseOf(raw), marks: this.#generations.known(names), names }
  }

  #unanswered(error: unknown, reservation: Reservation | undefined): Stored<Value> {
    if (reservation) this.#l1?.cancel(reservation)
    this.#failed('read', error)
    return { found: undefined, base: undefined, marks: undefined, names: [], error }
  }

  #found(
    key: string,
    entry: Entry | undefined,
    stamp: Stamp | undefined,
    nowMs: number,
  ): Found<Value> | undefined {
    if (!entry || !stamp) return this.#bad(key, 'no entry of a known format')
    if (!stands(stamp, this.#generations)) return undefined
    const unsealed = unsealValue(this.#keyspace, entry)
    if ('problem' in unsealed) return this.#bad(key, unsealed.problem)
    const bornMs = entry.bornMs - this.#entries.offsetMs()
    const knownBornMs = bornMs > nowMs + CLOCK_TOLERANCE_MS ? -Infinity : Math.min(bornMs, nowMs)
    const { ttlMs, costMs } = entry
    return { value: unsealed.value, bornMs: knownBornMs, freshUntilMs: knownBornMs + ttlMs, costMs }
  }

  #bad(key: string, problem: string): undefined {
    const { state, name } = this.#context
    this.#counts.badEntries++
    if (signals.badEntry.hasSubscribers) signals.badEntry.publish({ state, keyspace: name, key, problem })
  }

  #failed(operation: string, error: unknown): void {
    const { state, name } = this.#context
    this.#counts.storeFailures++
    if (signals.storeFailure.hasSubscribers)
      signals.storeFailure.publish({ state, keyspace: name, operation, error })
  }
}
