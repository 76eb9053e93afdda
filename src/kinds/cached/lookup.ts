import { isBinary } from '../../codec/declare.ts'
import { freezeDeep } from '../../core/immutable.ts'
import { signals } from '../../core/signals.ts'
import { baseOf, type Entry, parseEntry, type RawEntry } from '../../entry/entry.ts'
import type { Generations } from '../../entry/generations.ts'
import { sealingOf, unpackedLength, unpackValue } from '../../entry/packing.ts'
import type { EntryStore } from '../../entry/port.ts'
import type { Unsealed } from '../../entry/values.ts'
import type { KeyspaceContext } from '../../keyspace/context.ts'
import type { CachedCounts } from './counts.ts'
import type { CachedKeyspace } from './declare.ts'
import { type Found, FoundValue } from './found.ts'
import type { L1, Reservation } from './l1.ts'
import { type Looked, storedEntry } from './inspect.ts'
import { tagMark } from './mark-names.ts'
import { loaderTags, marksStand, parseStamp } from './stamp.ts'
import { SharedCalls } from './shared-calls.ts'
import { storeFailed } from './store-failure.ts'
import type { Wanted } from './wanted.ts'

/** An entry born this much later than now tells that the store's clock was set back: its age is not known. */
const CLOCK_TOLERANCE_MS = 2_000

/** Keys of one command: longer ones would keep the server from others for too long. */
const MOST_KEYS_AT_ONCE = 1_000

/** What the store holds under one key. */
export interface Stored<Value> {
  /** The value, if there is one that can be read. */
  readonly found: Found<Value> | undefined
  /** As it is stored; undefined when the store did not answer. */
  readonly raw: RawEntry | null | undefined
  /** Under which generations a value for this key counts. */
  readonly names: readonly string[]
  /** Why the store did not answer. */
  readonly error: unknown
}

const NONE: readonly string[] = []

/** A class for the reason that `ParsedEntry` is one. */
class StoredEntry<Value> implements Stored<Value> {
  readonly found: Found<Value> | undefined
  readonly raw: RawEntry | null
  readonly names: readonly string[]
  readonly error: unknown

  constructor(found: Found<Value> | undefined, raw: RawEntry | null, names: readonly string[]) {
    this.found = found
    this.raw = raw
    this.names = names
    this.error = undefined
  }
}

/**
 * Reads the store: raw entries in, values out. What passes through is kept in the L1 if there is one. A store that
 * fails is counted and signalled, and what it would have said is left open.
 *
 * Most of what a process reads comes through here: nothing is allocated, and no promise made, that a hit can do without.
 */
export class Lookup<Id, Value, Deps> {
  readonly #context: KeyspaceContext
  readonly #keyspace: CachedKeyspace<Id, Value, Deps>
  readonly #entries: EntryStore
  readonly #l1: L1<Value> | undefined
  readonly #counts: CachedCounts
  readonly #generations: Generations
  readonly #isBinary: boolean
  readonly #reads = new SharedCalls<Stored<Value>>()

  constructor(
    context: KeyspaceContext,
    keyspace: CachedKeyspace<Id, Value, Deps>,
    entries: EntryStore,
    l1: L1<Value> | undefined,
    counts: CachedCounts,
    generations: Generations,
  ) {
    this.#context = context
    this.#keyspace = keyspace
    this.#entries = entries
    this.#l1 = l1
    this.#counts = counts
    this.#generations = generations
    this.#isBinary = isBinary(keyspace)
  }

  /** What is under `key`, which counts under `names`. Callers at the same time share one read. */
  read(key: string, names: readonly string[]): Promise<Stored<Value>> {
    const known = this.#reads.join(key)
    if (known) return known
    const call = this.#reads.open(key)
    const ended = (stored: Stored<Value>): Stored<Value> => {
      if (call.joined > 0) freezeDeep(stored.found?.value)
      this.#reads.end(key, call)
      return stored
    }
    return (call.result = this.readAlone(key, names).then(ended))
  }

  /** As `read`, for callers who share already. */
  readAlone(key: string, names: readonly string[]): Promise<Stored<Value>> {
    const reservation = this.#l1?.reserve(key)
    return this.#rawWithMarks(key, names).then(
      (raw) => this.#arrived(key, raw, names, reservation),
      (error: unknown) => this.#unanswered(error, reservation),
    )
  }

  /** What is under `keys`, in one command for each thousand. `names` in the order of the keys. */
  async readMany(keys: readonly string[], names: readonly (readonly string[])[]): Promise<Stored<Value>[]> {
    const l1 = this.#l1
    const reservations = l1 && keys.map((key) => l1.reserve(key))
    let raws: readonly (RawEntry | null)[]
    let entries: (Entry | undefined)[]
    try {
      const unknown = this.#unknownOf(names)
      raws =
        unknown.size > 0
          ? (await Promise.all([this.#readRaws(keys), this.#generations.marks([...unknown])]))[0]
          : await this.#readRaws(keys)
      entries = raws.map((raw) => (raw === null ? undefined : parseEntry(raw)))
      const missing = new Set<string>()
      entries.forEach((entry, index) => {
        for (const name of this.#unknownMarksOf(entry, names[index] as readonly string[])) missing.add(name)
      })
      if (missing.size > 0) await this.#generations.marks([...missing])
    } catch (error) {
      return keys.map((_, index) => this.#unanswered(error, reservations?.[index]))
    }
    const nowMs = this.#context.clock.now()
    const stored = keys.map((key, index) =>
      this.#stored(
        key,
        raws[index] as RawEntry | null,
        entries[index],
        names[index] as readonly string[],
        reservations?.[index],
        nowMs,
      ),
    )
    return this.#isBinary ? Promise.all(stored.map(async (each) => each)) : (stored as Stored<Value>[])
  }

  /** What is under `key`, for people: nothing is counted or kept. Rejects as the store does. */
  async look(key: string, names: readonly string[]): Promise<Looked<Value>> {
    const [raw, { entry: keeping, ticketForMs }] = await Promise.all([
      this.#rawWithMarks(key, names),
      this.#entries.look(key),
    ])
    const entry = raw === null ? undefined : parseEntry(raw)
    const tags = loaderTags(entry)
    await this.#generations.marks(this.#unknownMarksOf(entry, names))
    const unsealed = await this.#unsealed(key, raw, entry, names)
    const found = this.#found(key, entry, unsealed, this.#context.clock.now())
    if (!keeping) return { found, stored: null, ticketForMs }
    const isInvalidated = entry !== undefined && !marksStand(entry.marks, names, this.#generations)
    const verdict = found ? 'counts' : isInvalidated ? 'invalidated' : 'unreadable'
    return { found, stored: storedEntry(keeping, entry, tags, verdict), ticketForMs }
  }

  /** What a load needs to know of a key that was looked up just now. */
  wanted(id: Id, key: string, stored: Stored<Value>, load: Wanted<Id, Value>['load']): Wanted<Id, Value> {
    const { raw, names } = stored
    const base = raw === undefined ? undefined : baseOf(raw)
    return { id, key, base, marks: this.#generations.known(names), names, load }
  }

  /** Later callers will not join a read of `key` that is under way. */
  forget(key: string): void {
    this.#reads.forget(key)
  }

  /** Later callers will not join any read that is under way now. */
  forgetAll(): void {
    this.#reads.forgetAll()
  }

  /** The raw entry, and in one command with it (reads of one turn leave together) the generations it counts under. */
  #rawWithMarks(key: string, names: readonly string[]): Promise<RawEntry | null> {
    const raw = this.#isBinary ? this.#entries.readBytes(key) : this.#entries.read(key)
    if (this.#generations.known(names) !== undefined) return raw
    return Promise.all([raw, this.#generations.marks(names)]).then(([entry]) => entry)
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

  async #readRaws(keys: readonly string[]): Promise<readonly (RawEntry | null)[]> {
    const read = (some: readonly string[]): Promise<(RawEntry | null)[]> =>
      this.#isBinary ? this.#entries.readManyBytes(some) : this.#entries.readMany(some)
    if (keys.length <= MOST_KEYS_AT_ONCE) return read(keys)
    const raws: (RawEntry | null)[] = []
    for (let start = 0; start < keys.length; start += MOST_KEYS_AT_ONCE)
      raws.push(...(await read(keys.slice(start, start + MOST_KEYS_AT_ONCE))))
    return raws
  }

  #arrived(
    key: string,
    raw: RawEntry | null,
    names: readonly string[],
    reservation: Reservation | undefined,
  ): Stored<Value> | Promise<Stored<Value>> {
    const entry = raw === null ? undefined : parseEntry(raw)
    const missing = this.#unknownMarksOf(entry, names)
    const nowMs = this.#context.clock.now()
    if (missing.length === 0) return this.#stored(key, raw, entry, names, reservation, nowMs)
    return this.#generations.marks(missing).then(
      () => this.#stored(key, raw, entry, names, reservation, nowMs),
      (error: unknown) => this.#unanswered(error, reservation),
    )
  }

  /** Those of its loader's tags; and what was forgotten while the entry was read, which does not make it absent. */
  #unknownMarksOf(entry: Entry | undefined, names: readonly string[]): readonly string[] {
    if (!entry) return NONE
    const tags = loaderTags(entry)
    if (this.#generations.known(names) === undefined) return [...names, ...tags.map(tagMark)]
    return tags.length === 0 ? NONE : tags.map(tagMark)
  }

  /** A promise only where a large value is unpacked: a hit waits for nothing else. */
  #stored(
    key: string,
    raw: RawEntry | null,
    entry: Entry | undefined,
    names: readonly string[],
    reservation: Reservation | undefined,
    nowMs: number,
  ): Stored<Value> | Promise<Stored<Value>> {
    const unsealed = this.#unsealed(key, raw, entry, names)
    if (this.#isBinary && unsealed instanceof Promise) {
      return unsealed.then((later) =>
        this.#kept(raw, entry, names, this.#found(key, entry, later, nowMs), reservation),
      )
    }
    const found = this.#found(key, entry, unsealed as Unsealed<Value> | undefined, nowMs)
    return this.#kept(raw, entry, names, found, reservation)
  }

  #kept(
    raw: RawEntry | null,
    entry: Entry | undefined,
    names: readonly string[],
    found: Found<Value> | undefined,
    reservation: Reservation | undefined,
  ): Stored<Value> {
    if (reservation) {
      if (found) freezeDeep(found.value)
      if (found && entry)
        this.#l1?.commit(reservation, found, unpackedLength(entry), parseStamp(entry.marks, names))
      else this.#l1?.cancel(reservation)
    }
    return new StoredEntry(found, raw, names)
  }

  #unanswered(error: unknown, reservation: Reservation | undefined): Stored<Value> {
    if (reservation) this.#l1?.cancel(reservation)
    storeFailed(this.#context, this.#counts, 'read', error)
    return { found: undefined, raw: undefined, names: [], error }
  }

  /** What an entry holds that counts. */
  #unsealed(
    key: string,
    raw: RawEntry | null,
    entry: Entry | undefined,
    names: readonly string[],
  ): Unsealed<Value> | undefined | Promise<Unsealed<Value>> {
    if (raw === null) return undefined
    if (!entry) return this.#bad(key, 'no entry of a known format')
    return marksStand(entry.marks, names, this.#generations)
      ? unpackValue<Value>(this.#keyspace, entry, sealingOf(this.#context, this.#keyspace, key))
      : undefined
  }

  #found(
    key: string,
    entry: Entry | undefined,
    unsealed: Unsealed<Value> | undefined,
    nowMs: number,
  ): Found<Value> | undefined {
    if (!entry || !unsealed) return undefined
    if ('problem' in unsealed) return this.#bad(key, unsealed.problem)
    const { ttlMs, costMs } = entry
    const bornMs = entry.bornMs - this.#entries.offsetMs(key)
    const knownBornMs = bornMs > nowMs + CLOCK_TOLERANCE_MS ? -Infinity : Math.min(bornMs, nowMs)
    return new FoundValue(unsealed.value, knownBornMs, knownBornMs + ttlMs, costMs)
  }

  #bad(key: string, problem: string): undefined {
    const { state, name } = this.#context
    this.#counts.badEntries++
    if (signals.badEntry.hasSubscribers) signals.badEntry.publish({ state, keyspace: name, key, problem })
  }
}
