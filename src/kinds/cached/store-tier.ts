import { signals } from '../../core/signals.ts'
import { baseOf, parseEntry } from '../../entry/entry.ts'
import type { EntryStore } from '../../entry/port.ts'
import type { KeyspaceContext } from '../../keyspace/context.ts'
import type { CachedCounts } from './counts.ts'
import type { CachedKeyspace } from './declare.ts'
import type { Found } from './found.ts'
import type { L1, Reservation } from './l1.ts'
import { type SealedValue, unseal } from './values.ts'

/** An entry born this much later than now tells that the store's clock was set back: its age is not known. */
const CLOCK_TOLERANCE_MS = 2_000

/** What the store holds under one key. */
export interface Stored<Value> {
  /** The value, if there is one that can be read. */
  readonly found: Found<Value> | undefined
  /** What a fill must name that replaces it; undefined when the store did not answer. */
  readonly base: string | undefined
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

  constructor(
    context: KeyspaceContext,
    keyspace: CachedKeyspace<Id, Value, Deps>,
    entries: EntryStore,
    l1: L1<Value> | undefined,
    counts: CachedCounts,
  ) {
    this.#context = context
    this.#keyspace = keyspace
    this.#entries = entries
    this.#l1 = l1
    this.#counts = counts
  }

  /** What is under `keys`, in one command. */
  async read(keys: readonly string[]): Promise<Stored<Value>[]> {
    const reservations = this.#l1 && keys.map((key) => (this.#l1 as L1<Value>).reserve(key))
    let raws: (string | null)[]
    try {
      const [key] = keys
      raws =
        keys.length === 1 && key !== undefined
          ? [await this.#entries.read(key)]
          : await this.#entries.readMany(keys)
    } catch (error) {
      for (const reservation of reservations ?? []) this.#l1?.cancel(reservation)
      this.#failed('read', error)
      return keys.map(() => ({ found: undefined, base: undefined }))
    }
    return keys.map((key, index) => {
      const raw = raws[index] ?? null
      const found = raw === null ? undefined : this.#found(key, raw)
      const reservation = reservations?.[index]
      if (reservation) {
        if (found) this.#l1?.commit(reservation, found, raw?.length ?? 0)
        else this.#l1?.cancel(reservation)
      }
      return { found, base: baseOf(raw) }
    })
  }

  /** Asks for the right to fill. False also when the store cannot say. */
  async claim(key: string, ticket: string, leaseMs: number): Promise<boolean> {
    try {
      return await this.#entries.claim(key, ticket, leaseMs)
    } catch (error) {
      this.#failed('claim', error)
      return false
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
  ): Promise<boolean> {
    const { clock, state, name } = this.#context
    const ageMs = clock.now() - bornMs
    const keepMs = Math.floor(sealed.encoded.ttlMs - ageMs)
    // Too old to be worth storing already.
    if (keepMs < 1) return false
    const reservation = this.#l1?.reserve(key)
    try {
      const stored = await this.#entries.fill(key, ticket, base, sealed.encoded, ageMs, keepMs)
      if (stored && reservation) this.#keep(reservation, sealed, bornMs)
      else if (reservation) this.#l1?.cancel(reservation)
      if (!stored) {
        this.#counts.refusedFills++
        if (signals.refusedFill.hasSubscribers) signals.refusedFill.publish({ state, keyspace: name, key })
      }
      return true
    } catch (error) {
      if (reservation) this.#l1?.cancel(reservation)
      this.#failed('fill', error)
      return false
    }
  }

  /** Stores a value that a caller gave. Rejects when the store does not confirm. */
  async put(key: string, token: string, sealed: SealedValue<Value>): Promise<void> {
    const reservation = this.#l1?.reserve(key)
    const bornMs = this.#context.clock.now()
    try {
      await this.#entries.put(key, token, sealed.encoded, sealed.encoded.ttlMs)
    } catch (error) {
      if (reservation) this.#l1?.cancel(reservation)
      throw error
    }
    if (reservation) this.#keep(reservation, sealed, bornMs)
  }

  /** Removes entries. How many there were. Rejects when the store does not confirm. */
  remove(keys: readonly string[]): Promise<number> {
    return this.#entries.remove(keys)
  }

  #keep(reservation: Reservation, { value, encoded }: SealedValue<Value>, bornMs: number): void {
    this.#l1?.commit(
      reservation,
      { value, bornMs, freshUntilMs: bornMs + encoded.ttlMs },
      encoded.payload.length,
    )
  }

  #found(key: string, raw: string): Found<Value> | undefined {
    const entry = parseEntry(raw)
    if (!entry) return this.#bad(key, 'no entry of a known format')
    const unsealed = unseal(this.#keyspace, entry)
    if ('problem' in unsealed) return this.#bad(key, unsealed.problem)
    const ageMs = this.#entries.now() - entry.bornMs
    const bornMs = ageMs < -CLOCK_TOLERANCE_MS ? -Infinity : this.#context.clock.now() - Math.max(0, ageMs)
    return { value: unsealed.value, bornMs, freshUntilMs: bornMs + entry.ttlMs }
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
