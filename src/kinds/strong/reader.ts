import { ClosedError } from '../../core/errors.ts'
import { freezeDeep, type Immutable } from '../../core/immutable.ts'
import { signals } from '../../core/signals.ts'
import { isBinary } from '../../codec/declare.ts'
import { packValue, sealingOf, unpackValue } from '../../entry/packing.ts'
import type { SealedValue, Unsealed } from '../../entry/values.ts'
import { parseFenceEntry } from '../../fence/entry.ts'
import type { Fences, KeptValue } from '../../fence/port.ts'
import type { Gate } from '../../gate/port.ts'
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

const NOT_SEEN: Seen<never> = { hit: false, isFree: false }

/**
 * The life of a strong read: the store, if the gate trusts it; else PostgreSQL. What PostgreSQL says is stored under a
 * lease that was obtained before it was asked, and that every writer takes away before it commits.
 */
export class StrongReader<Id extends Readonly<Record<string, string>>, Value, Session> implements Strong<
  Id,
  Value
> {
  readonly #context: KeyspaceContext
  readonly #keyspace: StrongKeyspace<Id, Value, Session>
  readonly #gate: Gate
  readonly #isBinary: boolean
  readonly #healer: Healer<Session>
  readonly #loads: StrongLoads<Id, Value, Session>
  readonly #counts: StrongCounts = zeroStrongCounts()

  constructor(
    context: KeyspaceContext,
    keyspace: StrongKeyspace<Id, Value, Session>,
    gate: Gate,
    truth: Truth<Session>,
  ) {
    this.#context = context
    this.#keyspace = keyspace
    this.#gate = gate
    this.#isBinary = isBinary(keyspace)
    this.#healer = new Healer(gate, truth, context.clock)
    this.#loads = new StrongLoads(context, keyspace, truth, this.#counts)
  }

  async get(id: Id): Promise<Immutable<Value> | null> {
    return (await this.read(id)).value
  }

  async read(id: Id): Promise<StrongReading<Value>> {
    const key = this.#keyspace.pattern.key(id)
    if (this.#context.isClosed()) throw new ClosedError()
    const startedMs = this.#context.clock.now()
    const fences = this.#gate.trusted()
    const seen = fences ? await this.#read(fences, key) : NOT_SEEN
    if (seen.hit) {
      this.#counts.l2Hits++
      this.#gate.served('store', 1)
      this.#report('l2', 1, startedMs)
      return { value: seen.value, tier: 'l2' }
    }
    this.#missed(fences, 1)
    const lease = this.#context.random.token()
    const [isLeased] = fences && seen.isFree ? await this.#lease(fences, [key], lease) : [false]
    const sealed = await this.#loads.one(id, key)
    if (fences && isLeased) this.#fill(fences, key, lease, sealed)
    this.#report('source', 1, startedMs)
    return { value: sealed.value, tier: 'source' }
  }

  async getMany(ids: readonly Id[]): Promise<(Immutable<Value> | null)[]> {
    const wanted = new Map(ids.map((id) => [this.#keyspace.pattern.key(id), id]))
    if (this.#context.isClosed()) throw new ClosedError()
    if (wanted.size === 0) return []
    const startedMs = this.#context.clock.now()
    const keys = [...wanted.keys()]
    const fences = this.#gate.trusted()
    const values = await this.#manyFromStore(fences, keys)
    const answers = new Map(keys.map((key, index) => [key, values.answers?.[index]]))
    this.#report(values.answers ? 'l2' : 'source', keys.length, startedMs)
    if (!values.answers) {
      const loaded = await this.#loads.many([...wanted.values()])
      keys.forEach((key, index) => {
        const sealed = loaded[index] as SealedValue<Value>
        answers.set(key, sealed.value)
        if (fences && values.leased.has(key)) this.#fill(fences, key, values.lease, sealed)
      })
    }
    return ids.map((id) => answers.get(this.#keyspace.pattern.key(id)) ?? null)
  }

  counts(): StrongCounts {
    return { ...this.#counts }
  }

  /** The values of `ids` as the transaction sees them, for a `put`; and how long to keep them. */
  async valuesInside(tx: Session, ids: readonly Id[]): Promise<KeptValue[]> {
    const sealed = await this.#loads.manyInside(tx, ids)
    return Promise.all(
      sealed.map(async ({ encoded }, index) => {
        const key = this.#keyspace.pattern.key(ids[index] as Id)
        const sealing = sealingOf(this.#context, this.#keyspace, key)
        return { value: await packValue(this.#keyspace, encoded, sealing), keepMs: this.#keyspace.ttlMs }
      }),
    )
  }

  /**
   * All the values when every one is in the store: they are then as of the moment of the one command that read them.
   * With one missing, all are loaded together, because those of the store would be as of another moment.
   */
  async #manyFromStore(
    fences: Fences | undefined,
    keys: readonly string[],
  ): Promise<{
    answers: (Immutable<Value> | null)[] | undefined
    leased: ReadonlySet<string>
    lease: string
  }> {
    const lease = this.#context.random.token()
    const seen = fences ? await this.#readMany(fences, keys) : keys.map(() => NOT_SEEN)
    const answers = seen.flatMap((each) => (each.hit ? [each.value] : []))
    if (answers.length === keys.length) {
      this.#counts.l2Hits += keys.length
      this.#gate.served('store', keys.length)
      return { answers, leased: new Set(), lease }
    }
    this.#missed(fences, keys.length)
    const free = keys.filter((_, index) => {
      const each = seen[index]
      return each && !each.hit && each.isFree
    })
    const granted = fences ? await this.#lease(fences, free, lease) : []
    return { answers: undefined, leased: new Set(free.filter((_, index) => granted[index])), lease }
  }

  #read(fences: Fences, key: string): Promise<Seen<Value>> {
    const raw: Promise<string | Uint8Array | null> = this.#isBinary ? fences.readBytes(key) : fences.read(key)
    return raw.then(
      (found) => this.#see(fences, key, found),
      (error: unknown) => this.#unanswered('read', error),
    )
  }

  #readMany(fences: Fences, keys: readonly string[]): Promise<Seen<Value>[]> {
    const raws: Promise<readonly (string | Uint8Array | null)[]> = this.#isBinary
      ? fences.readManyBytes(keys)
      : fences.readMany(keys)
    return raws.then(
      (found) => Promise.all(keys.map(async (key, index) => this.#see(fences, key, found[index] ?? null))),
      (error: unknown) => keys.map(() => this.#unanswered('readMany', error)),
    )
  }

  #missed(fences: Fences | undefined, keys: number): void {
    this.#counts.misses += keys
    if (!fences) this.#counts.ungated += keys
    this.#gate.served('truth', keys)
  }

  /** A promise only where a large value is unpacked. */
  #see(fences: Fences, key: string, raw: string | Uint8Array | null): Seen<Value> | Promise<Seen<Value>> {
    const entry = parseFenceEntry(raw)
    switch (entry.kind) {
      case 'value': {
        const unsealed = unpackValue(
          this.#keyspace,
          entry.value,
          sealingOf(this.#context, this.#keyspace, key),
        )
        return unsealed instanceof Promise
          ? unsealed.then((later) => this.#seeValue(key, later))
          : this.#seeValue(key, unsealed)
      }
      case 'fence':
        this.#counts.fenced++
        this.#healer.heal(fences, key, entry.tokens).then(
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

  #seeValue(key: string, unsealed: Unsealed<Value>): Seen<Value> {
    if ('problem' in unsealed) return this.#bad(key, unsealed.problem)
    return { hit: true, value: freezeDeep(unsealed.value) as Immutable<Value> | null }
  }

  async #lease(fences: Fences, keys: readonly string[], lease: string): Promise<boolean[]> {
    if (keys.length === 0) return []
    try {
      const granted = await fences.lease(keys, lease, this.#keyspace.loadTimeoutMs)
      // A flush takes fences away, and what it leaves absent is not free to be filled. It was told of before the
      // answer to a command that came after it.
      return this.#gate.trusted() === fences ? granted : []
    } catch (error) {
      this.#unanswered('lease', error)
      return keys.map(() => false)
    }
  }

  /** Without waiting: the caller has its value, and the next one may find it in the store. */
  #fill(fences: Fences, key: string, lease: string, { encoded }: SealedValue<Value>): void {
    const fill = async (): Promise<boolean> => {
      const sealing = sealingOf(this.#context, this.#keyspace, key)
      return fences.fill(key, lease, await packValue(this.#keyspace, encoded, sealing), this.#keyspace.ttlMs)
    }
    fill().then(
      (stored) => {
        const { state, name, clock, moments } = this.#context
        if (stored) {
          moments.refreshedMs = clock.now()
          return
        }
        this.#counts.refusedFills++
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
