import type { Immutable } from '../../core/immutable.ts'
import type { KeyspaceContext } from '../../keyspace/context.ts'
import type { CachedCounts } from './counts.ts'
import type { CachedKeyspace, LoadFunction } from './declare.ts'
import type { Found } from './found.ts'
import type { Freshness } from './freshness.ts'
import type { L1 } from './l1.ts'
import type { Stored } from './lookup.ts'
import type { Source } from './source.ts'

/** Whether what is cached answers a reader, and whether it is loaded again behind him. */
export class Hits<Id extends Readonly<Record<string, string>>, Value, Deps> {
  readonly #context: KeyspaceContext
  readonly #keyspace: CachedKeyspace<Id, Value, Deps>
  readonly #l1: L1<Value> | undefined
  readonly #source: Source<Id, Value, Deps>
  readonly #freshness: Freshness
  readonly #counts: CachedCounts

  constructor(
    context: KeyspaceContext,
    keyspace: CachedKeyspace<Id, Value, Deps>,
    l1: L1<Value> | undefined,
    source: Source<Id, Value, Deps>,
    freshness: Freshness,
    counts: CachedCounts,
  ) {
    this.#context = context
    this.#keyspace = keyspace
    this.#l1 = l1
    this.#source = source
    this.#freshness = freshness
    this.#counts = counts
  }

  /** What memory has that is fresh. */
  peek(id: Id): Immutable<Value> | null | undefined {
    const nowMs = this.#context.clock.recent()
    const found = this.#l1?.byParameter(id, nowMs) ?? this.#l1?.get(this.#keyspace.pattern.key(id), nowMs)
    if (found === undefined || found.freshUntilMs <= nowMs) return undefined
    this.#counts.l1Hits++
    return found.value
  }

  /** A fresh value that memory has under the only parameter of `id`: no key is built for it. */
  fresh(id: Id): Found<Value> | undefined {
    // One who may be chosen to load early is chosen once.
    if (!this.#l1 || this.#keyspace.freshness.earlyRefresh) return undefined
    const nowMs = this.#context.clock.recent()
    const found = this.#l1.byParameter(id, nowMs)
    if (found === undefined || found.freshUntilMs <= nowMs) return undefined
    this.#counts.l1Hits++
    return found
  }

  /** What memory has, where it answers. `load` is the loader of this call. */
  inMemory(id: Id, key: string, maxAgeMs: number, load?: LoadFunction<Id, Value>): Found<Value> | undefined {
    if (!this.#l1) return undefined
    const nowMs = this.#nowMs(maxAgeMs)
    const found = this.#l1.get(key, nowMs)
    if (found === undefined) return undefined
    const verdict = this.#freshness.verdict(found, maxAgeMs, nowMs)
    if (verdict === 'fallback' || verdict === 'useless') return undefined
    this.#counts.l1Hits++
    if (verdict === 'refresh') this.#source.refresh(id, key, found, nowMs, undefined, load)
    return found
  }

  /** The stored value, where it answers. */
  inStore(
    id: Id,
    key: string,
    stored: Stored<Value>,
    maxAgeMs: number,
    load?: LoadFunction<Id, Value>,
  ): Found<Value> | undefined {
    const { found } = stored
    if (!found) return undefined
    const nowMs = this.#nowMs(maxAgeMs)
    const verdict = this.#freshness.verdict(found, maxAgeMs, nowMs)
    if (verdict === 'fallback' || verdict === 'useless') return undefined
    if (verdict === 'refresh') this.#source.refresh(id, key, found, nowMs, stored, load)
    this.#counts.l2Hits++
    return found
  }

  /** The time that decides freshness; a caller's bound takes the exact one. */
  #nowMs(maxAgeMs: number): number {
    return maxAgeMs === Infinity ? this.#context.clock.recent() : this.#context.clock.now()
  }
}
