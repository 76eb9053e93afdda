import { ClosedError } from '../../core/errors.ts'
import { freezeDeep, type Immutable } from '../../core/immutable.ts'
import { signals } from '../../core/signals.ts'
import { type EncodedValue, type SealedValue, unsealValue } from '../../entry/values.ts'
import { parseFenceEntry } from '../../fence/entry.ts'
import type { FenceStore } from '../../fence/port.ts'
import type { KeyspaceContext } from '../../keyspace/context.ts'
import type { Truth } from '../../truth.ts'
import type { StrongKeyspace } from './declare.ts'
import { Healer } from './healer.ts'
import { StrongLoads } from './loads.ts'
import { type Strong, type StrongCounts, type StrongReading, zeroStrongCounts } from './strong.ts'

/** What a read of the store means for the reader. */
type Seen<Value> =
  | { readonly hit: true; readonly value: Immutable<Value> | null }
  /** `isFree`: nothing is there, and a load may ask for the lease. */
  | { readonly hit: false; readonly isFree: boolean }

/**
 * The life of a strong read: the store, else PostgreSQL. What PostgreSQL says is stored under a lease that was
 * obtained before it was asked, and that every writer takes away before it commits.
 */
export class StrongReader<Id extends Readonly<Record<string, string>>, Value, Session> implements Strong<
  Id,
  Value
> {
  readonly #context: KeyspaceContext
  readonly #keyspace: StrongKeyspace<Id, Value, Session>
  readonly #fences: FenceStore
  readonly #healer: Healer<Session>
  readonly #loads: StrongLoads<Id, Value, Session>
  readonly #counts: StrongCounts = zeroStrongCounts()

  constructor(
    context: KeyspaceContext,
    keyspace: StrongKeyspace<Id, Value, Session>,
    fences: FenceStore,
    truth: Truth<Session>,
  ) {
    this.#context = context
    this.#keyspace = keyspace
    this.#fences = fences
    this.#healer = new Healer(fences, truth)
    this.#loads = new StrongLoads(context, keyspace, truth, this.#counts)
  }

  async get(id: Id): Promise<Immutable<Value> | null> {
    return (await this.read(id)).value
  }

  async read(id: Id): Promise<StrongReading<Value>> {
    const key = this.#keyspace.pattern.key(id)
    if (this.#context.isClosed()) throw new ClosedError()
    const startedMs = this.#context.clock.now()
    const seen = await this.#fences.read(key).then(
      (raw) => this.#see(key, raw),
      (error: unknown) => this.#unanswered('read', error),
    )
    if (seen.hit) {
      this.#counts.l2Hits++
      this.#report('l2', 1, startedMs)
      return { value: seen.value, tier: 'l2' }
    }
    this.#counts.misses++
    const lease = this.#context.random.token()
    const [isLeased] = seen.isFree ? await this.#lease([key], lease) : [false]
    const sealed = await this.#loads.one(id, key)
    if (isLeased) this.#fill(key, lease, sealed)
    this.#report('source', 1, startedMs)
    return { value: sealed.value, tier: 'source' }
  }

  async getMany(ids: readonly Id[]): Promise<(Immutable<Value> | null)[]> {
    const wanted = new Map(ids.map((id) => [this.#keyspace.pattern.key(id), id]))
    if (this.#context.isClosed()) throw new ClosedError()
    if (wanted.size === 0) return []
    const startedMs = this.#context.clock.now()
    const keys = [...wanted.keys()]
    const values = await this.#manyFromStore(keys)
    const answers = new Map(keys.map((key, index) => [key, values.answers?.[index]]))
    this.#report(values.answers ? 'l2' : 'source', keys.length, startedMs)
    if (!values.answers) {
      const loaded = await this.#loads.many([...wanted.values()])
      keys.forEach((key, index) => {
        const sealed = loaded[index] as SealedValue<Value>
        answers.set(key, sealed.value)
        if (values.leased.has(key)) this.#fill(key, values.lease, sealed)
      })
    }
    return ids.map((id) => answers.get(this.#keyspace.pattern.key(id)) ?? null)
  }

  counts(): StrongCounts {
    return { ...this.#counts }
  }

  /** The key of `id`, for the fence of a write. */
  keyOf(id: Id): string {
    return this.#keyspace.pattern.key(id)
  }

  /** The value of `id` as the transaction sees it, for a `put`; and how long to keep it. */
  async valueInside(tx: Session, id: Id): Promise<{ value: EncodedValue; keepMs: number }> {
    return { value: (await this.#loads.inside(tx, id)).encoded, keepMs: this.#keyspace.ttlMs }
  }

  /**
   * All the values when every one is in the store: they are then as of the moment of the one command that read them.
   * With one missing, all are loaded together, because those of the store would be as of another moment.
   */
  async #manyFromStore(keys: readonly string[]): Promise<{
    answers: (Immutable<Value> | null)[] | undefined
    leased: ReadonlySet<string>
    lease: string
  }> {
    const lease = this.#context.random.token()
    const seen = await this.#fences.readMany(keys).then(
      (raws) => keys.map((key, index) => this.#see(key, raws[index] ?? null)),
      (error: unknown) => keys.map(() => this.#unanswered('readMany', error)),
    )
    const answers = seen.flatMap((each) => (each.hit ? [each.value] : []))
    if (answers.length === keys.length) {
      this.#counts.l2Hits += keys.length
      return { answers, leased: new Set(), lease }
    }
    this.#counts.misses += keys.length
    const free = keys.filter((_, index) => {
      const each = seen[index]
      return each && !each.hit && each.isFree
    })
    const granted = await this.#lease(free, lease)
    return { answers: undefined, leased: new Set(free.filter((_, index) => granted[index])), lease }
  }

  #see(key: string, raw: string | null): Seen<Value> {
    const entry = parseFenceEntry(raw)
    switch (entry.kind) {
      case 'value': {
        const unsealed = unsealValue(this.#keyspace, entry.value)
        if ('problem' in unsealed) return this.#bad(key, unsealed.problem)
        return { hit: true, value: freezeDeep(unsealed.value) as Immutable<Value> | null }
      }
      case 'fence':
        this.#counts.fenced++
        this.#healer.heal(key, entry.tokens).then(
          (healed) => (this.#counts.healed += healed),
          (error: unknown) => this.#unanswered('heal', error),
        )
        return { hit: false, isFree: false }
      case 'unknown':
        return this.#bad(key, 'no entry of a known format')
      case 'lease':
        return { hit: false, isFree: false }
      case 'absent':
        return { hit: false, isFree: true }
    }
  }

  async #lease(keys: readonly string[], lease: string): Promise<boolean[]> {
    if (keys.length === 0) return []
    try {
      return await this.#fences.lease(keys, lease, this.#keyspace.loadTimeoutMs)
    } catch (error) {
      this.#unanswered('lease', error)
      return keys.map(() => false)
    }
  }

  /** Without waiting: the caller has its value, and the next one may find it in the store. */
  #fill(key: string, lease: string, { encoded }: SealedValue<Value>): void {
    this.#fences.fill(key, lease, encoded, this.#keyspace.ttlMs).then(
      (stored) => {
        if (stored) return
        this.#counts.refusedFills++
        const { state, name } = this.#context
        if (signals.refusedFill.hasSubscribers) signals.refusedFill.publish({ state, keyspace: name, key })
      },
      (error: unknown) => this.#unanswered('fill', error),
    )
  }

  #bad(key: string, problem: string): Seen<Value> {
    const { state, name } = this.#context
    this.#counts.badEntries++
    if (signals.badEntry.hasSubscribers) signals.badEntry.publish({ state, keyspace: name, key, problem })
    return { hit: false, isFree: false }
  }

  #unanswered(operation: string, error: unknown): Seen<Value> {
    const { state, name } = this.#context
    this.#counts.storeFailures++
    if (signals.storeFailure.hasSubscribers)
      signals.storeFailure.publish({ state, keyspace: name, operation, error })
    return { hit: false, isFree: false }
  }

  #report(tier: 'l2' | 'source', keys: number, startedMs: number): void {
    if (!signals.read.hasSubscribers) return
    const { state, name, clock } = this.#context
    signals.read.publish({ state, keyspace: name, tier, keys, durationMs: clock.now() - startedMs })
  }
}
