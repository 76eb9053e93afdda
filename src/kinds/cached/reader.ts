import { parseDuration } from '../../core/duration.ts'
import { ClosedError, TooOldError } from '../../core/errors.ts'
import type { Immutable } from '../../core/immutable.ts'
import { signals } from '../../core/signals.ts'
import type { Generations } from '../../entry/generations.ts'
import type { EntryStore } from '../../entry/port.ts'
import type { KeyspaceContext } from '../../keyspace/context.ts'
import type { Cached, Reading, ReadOptions } from './cached.ts'
import { type CachedCounts, zeroCounts } from './counts.ts'
import type { CachedKeyspace } from './declare.ts'
import { Fetcher, type Wanted } from './fetcher.ts'
import { Flights, wantedFor } from './flights.ts'
import type { Answer, Found } from './found.ts'
import { Freshness } from './freshness.ts'
import { L1 } from './l1.ts'
import type { Inspection, SeenValue } from './inspect.ts'
import { Loader } from './loader.ts'
import { type Stored, StoreTier } from './store-tier.ts'
import { seal } from './values.ts'
import { warm, type WarmOptions, type WarmReport } from './warm.ts'

/**
 * The life of a read: L1, then the store, then the loader under a ticket. Callers who ask for the same key at the
 * same time share the way; an invalidation cuts it off for those who come later.
 */
export class CachedReader<Id extends Readonly<Record<string, string>>, Value, Deps> implements Cached<
  Id,
  Value
> {
  readonly #context: KeyspaceContext
  readonly #keyspace: CachedKeyspace<Id, Value, Deps>
  readonly #freshness: Freshness
  readonly #generations: Generations
  readonly #l1: L1<Value> | undefined
  readonly #store: StoreTier<Id, Value, Deps>
  readonly #fetcher: Fetcher<Id, Value, Deps>
  readonly #counts: CachedCounts = zeroCounts()
  readonly #flights: Flights<Id, Value, Deps>

  constructor(
    context: KeyspaceContext,
    keyspace: CachedKeyspace<Id, Value, Deps>,
    entries: EntryStore,
    generations: Generations,
    deps: Deps,
  ) {
    this.#context = context
    this.#keyspace = keyspace
    this.#freshness = new Freshness(keyspace.freshness, context.random)
    const { staleMs } = this.#freshness
    this.#l1 =
      keyspace.l1 && new L1(context.clock, keyspace.l1.maxEntries, keyspace.l1.maxBytes, generations, staleMs)
    this.#store = new StoreTier(
      context,
      keyspace,
      entries,
      this.#l1,
      this.#counts,
      this.#freshness,
      generations,
    )
    this.#generations = generations
    this.#fetcher = new Fetcher(
      context,
      keyspace,
      this.#store,
      new Loader(context, keyspace, deps, this.#counts),
      this.#freshness,
      generations,
    )
    this.#flights = new Flights(context, keyspace, this.#store, this.#fetcher, this.#counts)
  }

  /** What all its keys begin with. */
  get literalPrefix(): string {
    return this.#keyspace.pattern.literalPrefix
  }

  async get(id: Id, options?: ReadOptions): Promise<Immutable<Value> | null> {
    const key = this.#keyspace.pattern.key(id)
    const maxAgeMs = this.#maxAgeMs(options)
    const found = this.#fromMemory(id, key, maxAgeMs)
    if (found) return found.value
    return (await this.#resolve(id, key, maxAgeMs)).found.value
  }

  async read(id: Id, options?: ReadOptions): Promise<Reading<Value>> {
    const key = this.#keyspace.pattern.key(id)
    const maxAgeMs = this.#maxAgeMs(options)
    const found = this.#fromMemory(id, key, maxAgeMs)
    return this.#reading(found ? { found, tier: 'l1' } : await this.#resolve(id, key, maxAgeMs))
  }

  async getMany(ids: readonly Id[], options?: ReadOptions): Promise<(Immutable<Value> | null)[]> {
    return (await this.#resolveMany(ids, options)).map(({ found }) => found.value)
  }

  async readMany(ids: readonly Id[], options?: ReadOptions): Promise<Reading<Value>[]> {
    return (await this.#resolveMany(ids, options)).map((answer) => this.#reading(answer))
  }

  peek(id: Id): Immutable<Value> | null | undefined {
    const found = this.#l1?.get(this.#keyspace.pattern.key(id))
    if (found === undefined || found.freshUntilMs <= this.#context.clock.now()) return undefined
    this.#counts.l1Hits++
    return found.value
  }

  async set(id: Id, value: Value | null): Promise<void> {
    const key = this.#keyspace.pattern.key(id)
    const ttlMs = this.#freshness.ttlMs(this.#keyspace.ttlMs)
    const names = this.#keyspace.marks.of(id)
    this.#refuseWhenClosed()
    // Refuses a bad value before anything is asked.
    const sealed = seal(this.#context.name, this.#keyspace, value, { ttlMs, costMs: 0, marks: '' })
    this.#counts.sets++
    this.#cutOff(key)
    const marks = this.#generations.known(names) ?? (await this.#generations.marks(names))
    const stamped = { ...sealed, encoded: { ...sealed.encoded, marks } }
    const stamp = { names, marks, tags: [], tagMarks: '' }
    await this.#store.put(key, this.#context.random.token(), stamped, stamp)
    // A read that was sent before this `put` may have been joined since.
    this.#forgetFlights(key)
  }

  async delete(id: Id): Promise<boolean> {
    return (await this.deleteMany([id])) > 0
  }

  deleteMany(ids: readonly Id[]): Promise<number> {
    return this.#invalidate(ids, (keys) => this.#store.remove(keys))
  }

  async expire(id: Id): Promise<boolean> {
    return (await this.#invalidate([id], (keys) => this.#store.expire(keys))) > 0
  }

  async warm(ids: Iterable<Id> | AsyncIterable<Id>, options: WarmOptions = {}): Promise<WarmReport> {
    this.#refuseWhenClosed()
    const { name, clock } = this.#context
    return warm(name, clock, ids, (page) => this.#resolveMany(page), options)
  }

  async inspect(id: Id): Promise<Inspection<Value>> {
    const key = this.#keyspace.pattern.key(id)
    this.#refuseWhenClosed()
    const memory = this.#l1?.get(key)
    const stored = await this.#store.look(key, this.#keyspace.marks.of(id))
    const nowMs = this.#context.clock.now()
    const seen = (found: Found<Value> | undefined): SeenValue<Value> | null =>
      found
        ? { value: found.value, ageMs: nowMs - found.bornMs, freshForMs: found.freshUntilMs - nowMs }
        : null
    return { key, l1: seen(memory), l2: seen(stored), isLoading: this.#flights.has(key) }
  }

  async clear(group?: Partial<Id>): Promise<void> {
    const name = this.#keyspace.marks.ofGroup(group)
    this.#refuseWhenClosed()
    this.#counts.clears++
    this.generationsChanged()
    await this.#generations.renew([name])
    this.generationsChanged()
  }

  counts(): CachedCounts {
    return { ...this.#counts, l1Entries: this.#l1?.size ?? 0, l1Bytes: this.#l1?.bytes ?? 0 }
  }

  /** Somebody else changed `key`: later callers go and look. */
  changed(key: string): void {
    this.#l1?.invalidate(key)
    this.#forgetFlights(key)
    this.#fetcher.wake(key)
  }

  /** Somebody else changed the ticket of `key`. If it was ours, what we are loading has been overtaken. */
  ticketChanged(key: string): void {
    if (this.#fetcher.holdsTicket(key)) this.#forgetFlights(key)
    else this.#fetcher.wake(key)
  }

  /** Generations changed: nobody joins what is under way. What was known is checked when it is asked for. */
  generationsChanged(): void {
    this.#store.forgetReads()
    this.#flights.forgetAll()
  }

  /** Changes may have been missed. */
  lost(): void {
    this.#l1?.suspend()
    this.#fetcher.wakeAll()
    this.#store.forgetReads()
    this.#flights.forgetAll()
  }

  /** Changes are reported again. */
  resumed(): void {
    this.#l1?.resume()
  }

  async #invalidate(
    ids: readonly Id[],
    inStore: (keys: readonly string[]) => Promise<number>,
  ): Promise<number> {
    const keys = [...new Set(ids.map((id) => this.#keyspace.pattern.key(id)))]
    this.#refuseWhenClosed()
    if (keys.length === 0) return 0
    this.#counts.deletes += keys.length
    for (const key of keys) this.#cutOff(key)
    const count = await inStore(keys)
    for (const key of keys) this.#forgetFlights(key)
    return count
  }

  #fromMemory(id: Id, key: string, maxAgeMs: number): Found<Value> | undefined {
    if (!this.#l1) return undefined
    const nowMs = this.#context.clock.now()
    const found = this.#l1.get(key, nowMs)
    if (found === undefined) return undefined
    const verdict = this.#freshness.verdict(found, maxAgeMs, nowMs)
    if (verdict === 'fallback' || verdict === 'useless') return undefined
    this.#counts.l1Hits++
    if (verdict === 'refresh') this.#serveAndRefresh(id, key, found, nowMs)
    return found
  }

  async #resolve(id: Id, key: string, maxAgeMs: number): Promise<Answer<Value>> {
    this.#refuseWhenClosed()
    const startedMs = this.#startSignal()
    const stored = await this.#store.read(key, this.#keyspace.marks.of(id))
    const nowMs = this.#context.clock.now()
    const known = this.#judge(id, key, stored, maxAgeMs, nowMs)
    if (known === 'answer') {
      this.#counts.l2Hits++
      this.#signalRead('l2', 1, startedMs)
      return { found: stored.found as Found<Value>, tier: 'l2' }
    }
    const doubtful = this.#whileDown(key, stored, maxAgeMs, nowMs)
    if (doubtful) return doubtful
    this.#counts.misses++
    const answer = this.#hasLoader()
      ? await this.#flights.load(wantedFor(id, key, stored), maxAgeMs, known)
      : this.#withoutLoader(key, stored, maxAgeMs)
    this.#signalRead('source', 1, startedMs)
    return answer
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

  /** Whether the stored value answers; else the one to fall back to, if there is any. */
  #judge(
    id: Id,
    key: string,
    stored: Stored<Value>,
    maxAgeMs: number,
    nowMs: number,
  ): 'answer' | Found<Value> | undefined {
    const { found } = stored
    if (!found) return undefined
    const verdict = this.#freshness.verdict(found, maxAgeMs, nowMs)
    if (verdict === 'useless') return undefined
    if (verdict === 'fallback') return found
    if (verdict === 'refresh') this.#serveAndRefresh(id, key, found, nowMs, stored)
    return 'answer'
  }

  #serveAndRefresh(id: Id, key: string, found: Found<Value>, nowMs: number, stored?: Stored<Value>): void {
    if (found.freshUntilMs <= nowMs) this.#counts.staleReads++
    if (this.#hasLoader()) this.#flights.refresh(id, key, found, stored)
  }

  async #resolveMany(ids: readonly Id[], options?: ReadOptions): Promise<Answer<Value>[]> {
    const maxAgeMs = this.#maxAgeMs(options)
    const keys = ids.map((id) => this.#keyspace.pattern.key(id))
    const answers = new Map<string, Answer<Value>>()
    const absent = new Map<string, Id>()
    ids.forEach((id, index) => {
      const key = keys[index] as string
      if (answers.has(key)) return
      const found = this.#fromMemory(id, key, maxAgeMs)
      if (found) answers.set(key, { found, tier: 'l1' })
      else absent.set(key, id)
    })
    if (absent.size > 0) await this.#resolveAbsent(absent, maxAgeMs, answers)
    return keys.map((key) => answers.get(key) as Answer<Value>)
  }

  /** Answers for the keys that memory does not have: one read of the store, one load of what is missing there. */
  async #resolveAbsent(
    absent: Map<string, Id>,
    maxAgeMs: number,
    answers: Map<string, Answer<Value>>,
  ): Promise<void> {
    this.#refuseWhenClosed()
    const startedMs = this.#startSignal()
    const keys = [...absent.keys()]
    const names = keys.map((key) => this.#keyspace.marks.of(absent.get(key) as Id))
    const stored = await this.#store.readMany(keys, names)
    const nowMs = this.#context.clock.now()
    const missing: (Wanted<Id> & { readonly fallback: Found<Value> | undefined })[] = []
    keys.forEach((key, index) => {
      const entry = stored[index] as Stored<Value>
      const id = absent.get(key) as Id
      const known = this.#judge(id, key, entry, maxAgeMs, nowMs)
      if (known === 'answer') answers.set(key, { found: entry.found as Found<Value>, tier: 'l2' })
      else {
        const doubtful = this.#whileDown(key, entry, maxAgeMs, nowMs)
        if (doubtful) answers.set(key, doubtful)
        else if (this.#hasLoader()) missing.push({ ...wantedFor(id, key, entry), fallback: known })
        else answers.set(key, this.#withoutLoader(key, entry, maxAgeMs))
      }
    })
    this.#counts.l2Hits += keys.length - missing.length
    this.#counts.misses += missing.length
    if (missing.length > 0) {
      const own = new Set(missing.filter(({ key }) => !this.#flights.has(key)))
      this.#flights.startBatch([...own])
      await Promise.all(
        missing.map(async (wanted) => {
          answers.set(
            wanted.key,
            await this.#flights.load(wanted, maxAgeMs, wanted.fallback, own.has(wanted)),
          )
        }),
      )
    }
    this.#signalRead(missing.length > 0 ? 'source' : 'l2', keys.length, startedMs)
  }

  /** What a keyspace without a loader says of a key that the store has not, or has too old. */
  #withoutLoader(key: string, stored: Stored<Value>, maxAgeMs: number): Answer<Value> {
    if (stored.error !== undefined) throw stored.error
    const nowMs = this.#context.clock.now()
    const ageMs = stored.found ? nowMs - stored.found.bornMs : 0
    if (ageMs > maxAgeMs) throw new TooOldError(key, ageMs, maxAgeMs)
    return { found: { value: null, bornMs: nowMs, freshUntilMs: nowMs, costMs: 0 }, tier: 'l2' }
  }

  #hasLoader(): boolean {
    return this.#keyspace.load !== undefined || this.#keyspace.loadMany !== undefined
  }

  #maxAgeMs(options: ReadOptions | undefined): number {
    return options?.maxAge === undefined
      ? Infinity
      : parseDuration(options.maxAge, `${this.#context.name}.maxAge`)
  }

  #reading({ found, tier }: Answer<Value>): Reading<Value> {
    const nowMs = this.#context.clock.now()
    return { value: found.value, ageMs: nowMs - found.bornMs, tier, stale: nowMs >= found.freshUntilMs }
  }

  /** From here on nobody is answered by what was known, or asked for, before. */
  #cutOff(key: string): void {
    this.#l1?.invalidate(key)
    this.#forgetFlights(key)
  }

  #forgetFlights(key: string): void {
    this.#store.forgetRead(key)
    this.#flights.forget(key)
  }

  #refuseWhenClosed(): void {
    if (this.#context.isClosed()) throw new ClosedError()
  }

  /** When a read began; asking the clock is left out while nobody listens. */
  #startSignal(): number | undefined {
    return signals.read.hasSubscribers ? this.#context.clock.now() : undefined
  }

  #signalRead(tier: 'l2' | 'source', keys: number, startedMs: number | undefined): void {
    if (startedMs === undefined) return
    const { state, name, clock } = this.#context
    signals.read.publish({ state, keyspace: name, tier, keys, durationMs: clock.now() - startedMs })
  }
}
