import { TooOldError } from '../../core/errors.ts'
import type { KeyspaceContext } from '../../keyspace/context.ts'
import type { CachedCounts } from './counts.ts'
import type { CachedKeyspace, LoadFunction } from './declare.ts'
import type { Flights, Results } from './flights.ts'
import type { Answer, Found } from './found.ts'
import type { Freshness } from './freshness.ts'
import type { L1 } from './l1.ts'
import type { Lookup, Stored } from './lookup.ts'
import type { Wanted } from './wanted.ts'

/** A key of a batch that the store has no answer for. `index`: its place among the answers. */
export interface Absent<Id, Value> {
  readonly index: number
  readonly id: Id
  readonly key: string
  readonly stored: Stored<Value>
}

/**
 * Answers where memory and store have none: from the source, if the keyspace has one and may go there while the store
 * is down.
 */
export class Source<Id, Value, Deps> {
  readonly #context: KeyspaceContext
  readonly #keyspace: CachedKeyspace<Id, Value, Deps>
  readonly #l1: L1<Value> | undefined
  readonly #lookup: Lookup<Id, Value, Deps>
  readonly #flights: Flights<Id, Value, Deps>
  readonly #freshness: Freshness
  readonly #counts: CachedCounts

  constructor(
    context: KeyspaceContext,
    keyspace: CachedKeyspace<Id, Value, Deps>,
    l1: L1<Value> | undefined,
    lookup: Lookup<Id, Value, Deps>,
    flights: Flights<Id, Value, Deps>,
    freshness: Freshness,
    counts: CachedCounts,
  ) {
    this.#context = context
    this.#keyspace = keyspace
    this.#l1 = l1
    this.#lookup = lookup
    this.#flights = flights
    this.#freshness = freshness
    this.#counts = counts
  }

  /** The answer for one key. `load` goes before the declared loaders. */
  async one(
    id: Id,
    key: string,
    stored: Stored<Value>,
    maxAgeMs: number,
    load?: LoadFunction<Id, Value>,
  ): Promise<Answer<Value>> {
    const nowMs = this.#context.clock.now()
    const doubtful = this.#whileDown(key, stored, maxAgeMs, nowMs)
    if (doubtful) return doubtful
    this.#counts.misses++
    if (!this.#hasLoader(load)) return this.#withoutLoader(key, stored, maxAgeMs)
    const wanted = this.#lookup.wanted(id, key, stored, load)
    return this.#flights.load(wanted, maxAgeMs, this.#fallback(stored, maxAgeMs, nowMs))
  }

  /** The answers for the keys of a batch, each into its place: one load for all of them. */
  async many(
    absent: readonly Absent<Id, Value>[],
    maxAgeMs: number,
    answers: Answer<Value>[],
  ): Promise<void> {
    const nowMs = this.#context.clock.now()
    const missing: Absent<Id, Value>[] = []
    for (const each of absent) {
      const doubtful = this.#whileDown(each.key, each.stored, maxAgeMs, nowMs)
      if (doubtful) answers[each.index] = doubtful
      else missing.push(each)
    }
    this.#counts.misses += missing.length
    if (!this.#hasLoader()) {
      for (const { key, stored, index } of missing)
        answers[index] = this.#withoutLoader(key, stored, maxAgeMs)
      return
    }
    // The same key twice is one load.
    const places = new Map<string, number>()
    const wanted: Wanted<Id, Value>[] = []
    for (const { id, key, stored } of missing) {
      if (places.has(key) || this.#flights.has(key)) continue
      places.set(key, wanted.length)
      wanted.push(this.#lookup.wanted(id, key, stored, undefined))
    }
    const batch = this.#flights.startBatch(wanted)
    const plain: Absent<Id, Value>[] = []
    const others: Promise<void>[] = []
    for (const each of missing) {
      const { id, key, stored, index } = each
      const place = places.get(key)
      const fallback = this.#fallback(stored, maxAgeMs, nowMs)
      if (place !== undefined && fallback === undefined) plain.push(each)
      else {
        const one = wanted[place ?? -1] ?? this.#lookup.wanted(id, key, stored, undefined)
        const answered = this.#flights.load(one, maxAgeMs, fallback, place !== undefined)
        others.push(answered.then((answer) => void (answers[index] = answer)))
      }
    }
    await Promise.all([
      plain.length > 0 ? this.#takeOwn(batch, places, plain, maxAgeMs, answers) : undefined,
      ...others,
    ])
  }

  /** The answers of a batch that was begun for them, with nothing to fall back to: most of those that are loaded. */
  async #takeOwn(
    batch: Promise<Results<Value>>,
    places: ReadonlyMap<string, number>,
    absent: readonly Absent<Id, Value>[],
    maxAgeMs: number,
    answers: Answer<Value>[],
  ): Promise<void> {
    const results = await batch
    for (const { key, index } of absent)
      answers[index] = this.#flights.answer(key, results[places.get(key) ?? -1], maxAgeMs)
  }

  /** Loads again behind a reader who was answered with `found`; `stored` where that came from the store. */
  refresh(
    id: Id,
    key: string,
    found: Found<Value>,
    nowMs: number,
    stored: Stored<Value> | undefined,
    load: LoadFunction<Id, Value> | undefined,
  ): void {
    if (found.freshUntilMs <= nowMs) this.#counts.staleReads++
    if (this.#hasLoader(load)) this.#flights.refresh(id, key, found, stored, load)
  }

  /** The stored value, if it will do where the load fails. */
  #fallback({ found }: Stored<Value>, maxAgeMs: number, nowMs: number): Found<Value> | undefined {
    return found && this.#freshness.verdict(found, maxAgeMs, nowMs) === 'useless' ? undefined : found
  }

  /**
   * The answer of a keyspace that does not go to its source while the store is down.
   *
   * @throws the store's error where that is declared
   */
  #whileDown(
    key: string,
    { error }: Stored<Value>,
    maxAgeMs: number,
    nowMs: number,
  ): Answer<Value> | undefined {
    const { onStoreDown } = this.#keyspace
    if (error === undefined || onStoreDown === 'load') return undefined
    if (onStoreDown === 'fail') throw error
    const found = this.#l1?.doubtful(key)
    if (!found || this.#freshness.verdict(found, maxAgeMs, nowMs) === 'useless') return undefined
    this.#counts.staleReads++
    return { found: { ...found, freshUntilMs: Math.min(found.freshUntilMs, nowMs) }, tier: 'l1' }
  }

  /** What a keyspace without a loader says of a key that the store has not, or has too old. */
  #withoutLoader(key: string, stored: Stored<Value>, maxAgeMs: number): Answer<Value> {
    if (stored.error !== undefined) throw stored.error
    const nowMs = this.#context.clock.now()
    const ageMs = stored.found ? nowMs - stored.found.bornMs : 0
    if (ageMs > maxAgeMs) throw new TooOldError(key, ageMs, maxAgeMs)
    return { found: { value: null, bornMs: nowMs, freshUntilMs: nowMs, costMs: 0 }, tier: 'l2' }
  }

  #hasLoader(own?: LoadFunction<Id, Value>): boolean {
    return own !== undefined || this.#keyspace.load !== undefined || this.#keyspace.loadMany !== undefined
  }
}
