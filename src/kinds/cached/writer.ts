import { ClosedError, PartlyStoredError, type StorageTier, StoreError } from '../../core/errors.ts'
import type { Generations } from '../../entry/generations.ts'
import type { KeyspaceContext } from '../../keyspace/context.ts'
import type { Acknowledged, RemovedMany } from './acknowledged.ts'
import type { Coherence } from './coherence.ts'
import type { CachedCounts } from './counts.ts'
import type { CachedKeyspace } from './declare.ts'
import type { Freshness } from './freshness.ts'
import type { StoreTier } from './store-tier.ts'
import { seal, type SealedValue } from './values.ts'

/** A value on its way to the store. */
interface Write<Value> {
  readonly key: string
  readonly names: readonly string[]
  readonly sealed: SealedValue<Value>
}

/** Keys of one turn: what more of them would wait for is not the store but the queue in front of it. */
const MOST_AT_ONCE = 1_000

/**
 * The life of a write and of an invalidation: what this process knew of a key, and what it is loading for it, is cut
 * off before the store is told, and once more after it has answered: a read that was sent before the store changed
 * may have been joined since.
 */
export class CachedWriter<Id extends Readonly<Record<string, string>>, Value, Deps> {
  readonly #context: KeyspaceContext
  readonly #keyspace: CachedKeyspace<Id, Value, Deps>
  readonly #store: StoreTier<Id, Value, Deps>
  readonly #coherence: Coherence<Id, Value, Deps>
  readonly #freshness: Freshness
  readonly #generations: Generations
  readonly #counts: CachedCounts
  readonly #tiers: readonly StorageTier[]

  constructor(
    context: KeyspaceContext,
    keyspace: CachedKeyspace<Id, Value, Deps>,
    store: StoreTier<Id, Value, Deps>,
    coherence: Coherence<Id, Value, Deps>,
    freshness: Freshness,
    generations: Generations,
    counts: CachedCounts,
  ) {
    this.#context = context
    this.#keyspace = keyspace
    this.#store = store
    this.#coherence = coherence
    this.#freshness = freshness
    this.#generations = generations
    this.#counts = counts
    this.#tiers = Object.freeze<StorageTier[]>(keyspace.l1 ? ['l1', 'l2'] : ['l2'])
  }

  async set(id: Id, value: Value | null): Promise<Acknowledged> {
    this.#refuseWhenClosed()
    const write = this.#prepare(id, value)
    await this.#acknowledged(this.#put(write))
    return { tiers: this.#tiers }
  }

  async setMany(entries: Iterable<readonly [Id, Value | null]>): Promise<Acknowledged> {
    this.#refuseWhenClosed()
    // Refuses a bad value before anything is sent. Of a key that comes twice the last value counts.
    const writes = new Map<string, Write<Value>>()
    for (const [id, value] of entries) {
      const write = this.#prepare(id, value)
      writes.set(write.key, write)
    }
    const failed: { key: string; error: unknown }[] = []
    const all = [...writes.values()]
    for (const some of chunksOf(all)) {
      const before = failed.length
      const outcomes = await Promise.allSettled(some.map((write) => this.#acknowledged(this.#put(write))))
      outcomes.forEach((outcome, index) => {
        if (outcome.status === 'rejected')
          failed.push({ key: (some[index] as Write<Value>).key, error: outcome.reason })
      })
      // A store that confirmed nothing of this many is not asked for the rest.
      if (failed.length - before < some.length) continue
      const error = failed.at(-1)?.error
      for (const { key } of all.slice(all.indexOf(some.at(-1) as Write<Value>) + 1))
        failed.push({ key, error })
      break
    }
    if (failed.length > 0) throw new PartlyStoredError(all.length - failed.length, failed)
    return { tiers: this.#tiers }
  }

  deleteMany(ids: readonly Id[]): Promise<RemovedMany> {
    return this.#invalidate(ids, (keys) => this.#store.remove(keys))
  }

  expireMany(ids: readonly Id[]): Promise<RemovedMany> {
    return this.#invalidate(ids, (keys) => this.#store.expire(keys))
  }

  async clear(group: Partial<Id> | undefined): Promise<void> {
    const name = this.#keyspace.marks.ofGroup(group)
    this.#refuseWhenClosed()
    this.#counts.clears++
    this.#coherence.generationsChanged()
    await this.#generations.renew([name])
    this.#coherence.generationsChanged()
  }

  #prepare(id: Id, value: Value | null): Write<Value> {
    const key = this.#keyspace.pattern.key(id)
    const ttlMs = this.#freshness.ttlMs(this.#keyspace.ttlMs)
    const names = this.#keyspace.marks.of(id)
    const sealed = seal(this.#context.name, this.#keyspace, value, { ttlMs, costMs: 0, marks: '' })
    return { key, names, sealed }
  }

  async #put({ key, names, sealed }: Write<Value>): Promise<void> {
    this.#counts.sets++
    this.#coherence.cutOff(key)
    const marks = this.#generations.known(names) ?? (await this.#generations.marks(names))
    const stamped = { ...sealed, encoded: { ...sealed.encoded, marks } }
    const stamp = { names, marks, tags: [], tagMarks: '' }
    await this.#store.put(key, this.#context.random.token(), stamped, stamp)
    this.#coherence.forgetFlights(key)
  }

  async #invalidate(
    ids: readonly Id[],
    inStore: (keys: readonly string[]) => Promise<number>,
  ): Promise<RemovedMany> {
    const keys = [...new Set(ids.map((id) => this.#keyspace.pattern.key(id)))]
    this.#refuseWhenClosed()
    this.#counts.deletes += keys.length
    for (const key of keys) this.#coherence.cutOff(key)
    let existed = 0
    for (const some of chunksOf(keys)) {
      existed += await this.#acknowledged(inStore(some))
      for (const key of some) this.#coherence.forgetFlights(key)
    }
    return { existed, tiers: this.#tiers }
  }

  /** The answer of the store; its failure says that memory, which was cut off before, holds nothing older. */
  async #acknowledged<Answer>(answer: Promise<Answer>): Promise<Answer> {
    try {
      return await answer
    } catch (error) {
      if (error instanceof StoreError) error.acknowledgedBy = this.#keyspace.l1 ? ['l1'] : []
      throw error
    }
  }

  #refuseWhenClosed(): void {
    if (this.#context.isClosed()) throw new ClosedError()
  }
}

function* chunksOf<Item>(items: readonly Item[]): Generator<readonly Item[]> {
  for (let start = 0; start < items.length; start += MOST_AT_ONCE)
    yield items.slice(start, start + MOST_AT_ONCE)
}
