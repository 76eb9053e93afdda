import { parseDuration } from '../../core/duration.ts'
import { ClosedError, DeclarationError } from '../../core/errors.ts'
import { freezeDeep, type Immutable } from '../../core/immutable.ts'
import { signals } from '../../core/signals.ts'
import type { Generations } from '../../entry/generations.ts'
import type { EntryStore } from '../../entry/port.ts'
import type { KeyspaceContext } from '../../keyspace/context.ts'
import type { Acknowledged, Removed, RemovedMany } from './acknowledged.ts'
import type { Cached, Reading, ReadOptions, Wrapped } from './cached.ts'
import { Coherence } from './coherence.ts'
import { type CachedCounts, zeroCounts } from './counts.ts'
import type { CachedKeyspace, LoadFunction } from './declare.ts'
import { Fetcher } from './fetcher.ts'
import { Flights } from './flights.ts'
import { type Answer, AnswerBy } from './found.ts'
import { Freshness } from './freshness.ts'
import { Hits } from './hits.ts'
import { L1 } from './l1.ts'
import { type Inspection, inspection } from './inspect.ts'
import { Loader } from './loader.ts'
import { RefreshAhead } from './refresh-ahead.ts'
import { Reloads } from './reloads.ts'
import { type Absent, Source } from './source.ts'
import { Lookup, type Stored } from './lookup.ts'
import { type SharedCall, SharedCalls } from './shared-calls.ts'
import { StoreTier } from './store-tier.ts'
import { warm, type WarmOptions, type WarmReport } from './warm.ts'
import { CachedWriter } from './writer.ts'

/** Keeps the place of an answer that is being fetched. */
const NOT_YET: Answer<never> = {
  found: { value: null, bornMs: 0, freshUntilMs: 0, costMs: 0 },
  tier: 'source',
}

/**
 * The life of a read: L1, then the store, then the loader under a ticket. Callers who ask for the same key at the
 * same time share the way; an invalidation (`coherence.ts`) cuts it off for those who come later. Writes are
 * `writer.ts`.
 */
export class CachedReader<Id extends Readonly<Record<string, string>>, Value, Deps> implements Cached<
  Id,
  Value
> {
  readonly #context: KeyspaceContext
  readonly #keyspace: CachedKeyspace<Id, Value, Deps>
  readonly #l1: L1<Value> | undefined
  readonly #lookup: Lookup<Id, Value, Deps>
  readonly #counts: CachedCounts = zeroCounts()
  readonly #flights: Flights<Id, Value, Deps>
  readonly #gets = new SharedCalls<Immutable<Value> | null>()
  readonly #ahead: RefreshAhead<Id, Value, Deps> | undefined
  readonly #source: Source<Id, Value, Deps>
  readonly #hits: Hits<Id, Value, Deps>
  readonly #writer: CachedWriter<Id, Value, Deps>
  /** Hears what the store tells of changes. */
  readonly coherence: Coherence<Id, Value, Deps>
  /** Loads that do not look into the cache. */
  readonly reloads: Reloads<Id, Value, Deps>

  constructor(
    context: KeyspaceContext,
    keyspace: CachedKeyspace<Id, Value, Deps>,
    entries: EntryStore,
    generations: Generations,
    deps: Deps,
  ) {
    this.#context = context
    this.#keyspace = keyspace
    const freshness = new Freshness(keyspace.freshness, context.random)
    const { staleMs } = freshness
    this.#l1 =
      keyspace.l1 &&
      new L1(
        context.clock,
        keyspace.l1.maxEntries,
        keyspace.l1.maxBytes,
        generations,
        staleMs,
        keyspace.pattern.single,
      )
    this.#lookup = new Lookup(context, keyspace, entries, this.#l1, this.#counts, generations)
    const store = new StoreTier(context, keyspace, entries, this.#l1, this.#counts, freshness, generations)
    const loader = new Loader(context, keyspace, deps, this.#counts)
    const fetcher = new Fetcher(context, keyspace, this.#lookup, store, loader, freshness, generations)
    this.#flights = new Flights(context, keyspace, this.#lookup, fetcher, this.#counts)
    this.#ahead =
      keyspace.refreshAhead &&
      new RefreshAhead(context, keyspace, keyspace.refreshAhead, this.#lookup, this.#flights, this.#counts)
    this.#source = new Source(
      context,
      keyspace,
      this.#l1,
      this.#lookup,
      this.#flights,
      freshness,
      this.#counts,
    )
    this.#hits = new Hits(context, keyspace, this.#l1, this.#source, freshness, this.#counts)
    this.coherence = new Coherence(this.#l1, this.#gets, this.#lookup, fetcher, this.#flights)
    this.reloads = new Reloads(
      context,
      keyspace,
      this.#lookup,
      store,
      this.coherence,
      this.#flights,
      loader,
      this.#counts,
    )
    this.#writer = new CachedWriter(
      context,
      keyspace,
      store,
      this.coherence,
      freshness,
      generations,
      this.#counts,
    )
  }

  /** What all its keys begin with. */
  get literalPrefix(): string {
    return this.#keyspace.pattern.literalPrefix
  }

  get(id: Id, options?: ReadOptions): Promise<Immutable<Value> | null> {
    if (options !== undefined || this.#ahead !== undefined) return this.#getAlone(id, options)
    const known = this.#hits.fresh(id)
    if (known) return Promise.resolve(known.value)
    try {
      return this.#getShared(id)
    } catch (error) {
      return Promise.reject(error)
    }
  }

  async read(id: Id, options?: ReadOptions): Promise<Reading<Value>> {
    const key = this.#keyspace.pattern.key(id)
    const maxAgeMs = this.#maxAgeMs(options)
    const found = this.#hits.inMemory(id, key, maxAgeMs)
    const answer: Answer<Value> = found ? { found, tier: 'l1' } : await this.#resolve(id, key, maxAgeMs)
    this.#ahead?.saw(id, key, answer.found)
    return this.#reading(answer)
  }

  async getMany(ids: readonly Id[], options?: ReadOptions): Promise<(Immutable<Value> | null)[]> {
    const answers = await this.#resolveMany(ids, this.#maxAgeMs(options))
    if (this.#ahead) this.#sawMany(ids, answers)
    return answers.map(({ found }) => found.value)
  }

  async readMany(ids: readonly Id[], options?: ReadOptions): Promise<Reading<Value>[]> {
    const answers = await this.#resolveMany(ids, this.#maxAgeMs(options))
    if (this.#ahead) this.#sawMany(ids, answers)
    return answers.map((answer) => this.#reading(answer))
  }

  wrap(load: LoadFunction<Id, Value>): Wrapped<Id, Value> {
    if (typeof load !== 'function')
      throw new DeclarationError(`${this.#context.name}.wrap`, `takes a function, not a ${typeof load}`)
    return async (id, options) => {
      const key = this.#keyspace.pattern.key(id)
      const maxAgeMs = this.#maxAgeMs(options)
      const found =
        this.#hits.inMemory(id, key, maxAgeMs, load) ?? (await this.#resolve(id, key, maxAgeMs, load)).found
      this.#ahead?.saw(id, key, found, load)
      return found.value
    }
  }

  peek(id: Id): Immutable<Value> | null | undefined {
    return this.#hits.peek(id)
  }

  set(id: Id, value: Value | null): Promise<Acknowledged> {
    return this.#writer.set(id, value)
  }

  setMany(entries: Iterable<readonly [Id, Value | null]>): Promise<Acknowledged> {
    return this.#writer.setMany(entries)
  }

  async delete(id: Id): Promise<Removed> {
    const { existed, tiers } = await this.#writer.deleteMany([id])
    return { existed: existed > 0, tiers }
  }

  deleteMany(ids: readonly Id[]): Promise<RemovedMany> {
    return this.#writer.deleteMany(ids)
  }

  async expire(id: Id): Promise<Removed> {
    const { existed, tiers } = await this.#writer.expireMany([id])
    return { existed: existed > 0, tiers }
  }

  clear(group?: Partial<Id>): Promise<void> {
    return this.#writer.clear(group)
  }

  async warm(ids: Iterable<Id> | AsyncIterable<Id>, options: WarmOptions = {}): Promise<WarmReport> {
    this.#refuseWhenClosed()
    const { name, clock } = this.#context
    return warm(name, clock, ids, (page) => this.#resolveMany(page, Infinity), options)
  }

  async inspect(id: Id): Promise<Inspection<Value>> {
    const key = this.#keyspace.pattern.key(id)
    this.#refuseWhenClosed()
    const memory = this.#l1?.get(key)
    const looked = await this.#lookup.look(key, this.#keyspace.marks.of(id))
    return inspection(key, memory, looked, this.#flights.doing(key), this.#context.clock.now())
  }

  counts(): CachedCounts {
    return {
      ...this.#counts,
      activeKeys: this.#ahead?.size ?? 0,
      l1Entries: this.#l1?.size ?? 0,
      l1Bytes: this.#l1?.bytes ?? 0,
    }
  }

  /** Callers at the same time get one and the same promise: ten thousand of them cost little more than one. */
  #getShared(id: Id): Promise<Immutable<Value> | null> {
    const key = this.#keyspace.pattern.key(id)
    const known = this.#hits.inMemory(id, key, Infinity)
    if (known) return Promise.resolve(known.value)
    const shared = this.#gets.join(key)
    if (shared) return shared
    this.#refuseWhenClosed()
    const call = this.#gets.open(key)
    return (call.result = this.#getAbsent(id, key, call))
  }

  async #getAbsent(
    id: Id,
    key: string,
    call: SharedCall<Immutable<Value> | null>,
  ): Promise<Immutable<Value> | null> {
    let isHit = false
    try {
      const startedMs = this.#startSignal()
      const stored = await this.#lookup.readAlone(key, this.#keyspace.marks.of(id))
      const found = this.#hits.inStore(id, key, stored, Infinity)
      if (found) this.#signalRead('l2', 1, startedMs)
      isHit = found !== undefined
      const answer = found ?? (await this.#fromSource(id, key, stored, Infinity, startedMs)).found
      if (call.joined > 0) freezeDeep(answer.value)
      return answer.value
    } finally {
      this.#counts[isHit ? 'l2Hits' : 'misses'] += call.joined
      this.#gets.end(key, call)
    }
  }

  async #getAlone(id: Id, options: ReadOptions | undefined): Promise<Immutable<Value> | null> {
    const key = this.#keyspace.pattern.key(id)
    const maxAgeMs = this.#maxAgeMs(options)
    const found = this.#hits.inMemory(id, key, maxAgeMs) ?? (await this.#resolve(id, key, maxAgeMs)).found
    this.#ahead?.saw(id, key, found)
    return found.value
  }

  #sawMany(ids: readonly Id[], answers: readonly Answer<Value>[]): void {
    ids.forEach((id, index) => {
      const answer = answers[index]
      if (answer) this.#ahead?.saw(id, this.#keyspace.pattern.key(id), answer.found)
    })
  }

  async #resolve(
    id: Id,
    key: string,
    maxAgeMs: number,
    load?: LoadFunction<Id, Value>,
  ): Promise<Answer<Value>> {
    this.#refuseWhenClosed()
    const startedMs = this.#startSignal()
    const stored = await this.#lookup.read(key, this.#keyspace.marks.of(id))
    const found = this.#hits.inStore(id, key, stored, maxAgeMs, load)
    if (found) this.#signalRead('l2', 1, startedMs)
    return found ? { found, tier: 'l2' } : this.#fromSource(id, key, stored, maxAgeMs, startedMs, load)
  }

  async #fromSource(
    id: Id,
    key: string,
    stored: Stored<Value>,
    maxAgeMs: number,
    startedMs: number | undefined,
    load?: LoadFunction<Id, Value>,
  ): Promise<Answer<Value>> {
    const answer = await this.#source.one(id, key, stored, maxAgeMs, load)
    // What memory knew when the store was lost is no read of the source.
    if (answer.tier !== 'l1') this.#signalRead('source', 1, startedMs)
    return answer
  }

  async #resolveMany(ids: readonly Id[], maxAgeMs: number): Promise<Answer<Value>[]> {
    const answers: Answer<Value>[] = []
    const absent: number[] = []
    const keys: string[] = []
    const names: (readonly string[])[] = []
    for (const id of ids) {
      const known = maxAgeMs === Infinity ? this.#hits.fresh(id) : undefined
      const key = known ? '' : this.#keyspace.pattern.key(id)
      const found = known ?? this.#hits.inMemory(id, key, maxAgeMs)
      if (!found) {
        absent.push(answers.length)
        keys.push(key)
        names.push(this.#keyspace.marks.of(id))
      }
      answers.push(found ? new AnswerBy(found, 'l1') : NOT_YET)
    }
    if (absent.length === 0) return answers
    this.#refuseWhenClosed()
    const startedMs = this.#startSignal()
    const stored = await this.#lookup.readMany(keys, names)
    const missing: Absent<Id, Value>[] = []
    for (let place = 0; place < absent.length; place++) {
      const index = absent[place] as number
      const [id, key, entry] = [ids[index] as Id, keys[place] as string, stored[place] as Stored<Value>]
      const found = this.#hits.inStore(id, key, entry, maxAgeMs)
      if (found) answers[index] = new AnswerBy(found, 'l2')
      else missing.push({ index, id, key, stored: entry })
    }
    if (missing.length > 0) await this.#source.many(missing, maxAgeMs, answers)
    this.#signalRead(missing.length > 0 ? 'source' : 'l2', keys.length, startedMs)
    return answers
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
