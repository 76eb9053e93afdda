import { every, type Timer } from '../../core/clock.ts'
import type { KeyspaceContext } from '../../keyspace/context.ts'
import type { CachedCounts } from './counts.ts'
import type { CachedKeyspace, LoadFunction } from './declare.ts'
import type { Flights } from './flights.ts'
import type { Found } from './found.ts'
import type { Lookup } from './lookup.ts'
import type { RefreshAheadRules } from './refresh-rules.ts'

/** A key that somebody reads. */
interface Active<Id, Value> {
  readonly id: Id
  readonly key: string
  readonly load: LoadFunction<Id, Value> | undefined
  readMs: number
  bornMs: number
  freshUntilMs: number
}

const LOADS_AT_ONCE = 8
/** So many looks at the keys in one ttl; a value is loaded again when it would not outlive the next two. */
const LOOKS_PER_TTL = 10
const LEAST_PERIOD_MS = 100
const LONGEST_PERIOD_MS = 30_000

/**
 * Loads values that are in use again shortly before they expire, so that their readers never wait for a load. Keys
 * that nobody reads any more are left to expire. Of several processes one loads, as for any load: the others find
 * what it has stored.
 */
export class RefreshAhead<Id extends Readonly<Record<string, string>>, Value, Deps> {
  readonly #context: KeyspaceContext
  readonly #keyspace: CachedKeyspace<Id, Value, Deps>
  readonly #rules: RefreshAheadRules
  readonly #lookup: Lookup<Id, Value, Deps>
  readonly #flights: Flights<Id, Value, Deps>
  readonly #counts: CachedCounts
  readonly #active = new Map<string, Active<Id, Value>>()
  readonly #periodMs: number
  readonly #hasLoader: boolean
  #timer: Timer | undefined

  constructor(
    context: KeyspaceContext,
    keyspace: CachedKeyspace<Id, Value, Deps>,
    rules: RefreshAheadRules,
    lookup: Lookup<Id, Value, Deps>,
    flights: Flights<Id, Value, Deps>,
    counts: CachedCounts,
  ) {
    this.#context = context
    this.#keyspace = keyspace
    this.#rules = rules
    this.#lookup = lookup
    this.#flights = flights
    this.#counts = counts
    this.#hasLoader = keyspace.load !== undefined || keyspace.loadMany !== undefined
    this.#periodMs = Math.min(LONGEST_PERIOD_MS, Math.max(LEAST_PERIOD_MS, keyspace.ttlMs / LOOKS_PER_TTL))
  }

  /** Keys that are kept fresh now. */
  get size(): number {
    return this.#active.size
  }

  /** Somebody read `key` and got `found`. */
  saw(id: Id, key: string, { bornMs, freshUntilMs }: Found<Value>, load?: LoadFunction<Id, Value>): void {
    const readMs = this.#context.clock.recent()
    const active = this.#active.get(key)
    if (active) {
      active.readMs = readMs
      active.bornMs = bornMs
      active.freshUntilMs = freshUntilMs
    } else if (this.#active.size < this.#rules.maxKeys && (load ?? this.#hasLoader)) {
      this.#active.set(key, { id, key, load, readMs, bornMs, freshUntilMs })
      this.#timer ??= every(this.#context.clock, this.#periodMs, () => this.#look())
    }
  }

  async #look(): Promise<void> {
    const nowMs = this.#context.clock.now()
    const due: Active<Id, Value>[] = []
    for (const active of this.#active.values()) {
      if (this.#context.isClosed() || nowMs - active.readMs >= this.#rules.activeMs)
        this.#active.delete(active.key)
      else if (active.freshUntilMs - nowMs <= 2 * this.#periodMs) due.push(active)
    }
    if (this.#active.size === 0) {
      this.#timer?.cancel()
      this.#timer = undefined
    }
    const worker = async (): Promise<void> => {
      for (let next = due.shift(); next && !this.#context.isClosed(); next = due.shift())
        // A failure is counted and signalled by the load; the others have their turn, and this one the next time.
        await this.#refresh(next).catch(() => undefined)
    }
    await Promise.all(Array.from({ length: Math.min(due.length, LOADS_AT_ONCE) }, worker))
  }

  async #refresh(active: Active<Id, Value>): Promise<void> {
    const { id, key, load } = active
    const stored = await this.#lookup.read(key, this.#keyspace.marks.of(id))
    // What is loaded now could not be stored.
    if (stored.error !== undefined) return
    let { found } = stored
    if (!found || found.bornMs <= active.bornMs) {
      this.#counts.aheadRefreshes++
      const wanted = this.#lookup.wanted(id, key, stored, load)
      found = (await this.#flights.load(wanted, Infinity, undefined)).found
    }
    active.bornMs = found.bornMs
    active.freshUntilMs = found.freshUntilMs
  }
}
