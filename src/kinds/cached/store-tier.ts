import { signals } from '../../core/signals.ts'
import { parseEntry } from '../../entry/entry.ts'
import type { EntryStore } from '../../entry/port.ts'
import type { KeyspaceContext } from '../../keyspace/context.ts'
import type { CachedCounts } from './counts.ts'
import type { CachedKeyspace } from './declare.ts'
import type { Found } from './found.ts'
import type { L1, Reservation } from './l1.ts'
import { type SealedValue, unseal } from './values.ts'

/** An entry born this much later than now tells that the store's clock was set back: its age is not known. */
const CLOCK_TOLERANCE_MS = 2_000

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

  /** The values under `keys`, in one command; undefined where there is none that can be read. */
  async read(keys: readonly string[]): Promise<(Found<Value> | undefined)[]> {
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
      return keys.map(() => undefined)
    }
    return keys.map((key, index) => {
      const raw = raws[index] ?? null
      const found = raw === null ? undefined : this.#found(key, raw)
      const reservation = reservations?.[index]
      if (reservation) {
        if (found) this.#l1?.commit(reservation, found, raw?.length ?? 0)
        else this.#l1?.cancel(reservation)
      }
      return found
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

  /** Stores a value whose load began at `bornMs`, if it was not overtaken. */
  async fill(key: string, ticket: string, sealed: SealedValue<Value>, bornMs: number): Promise<void> {
    const { clock, state, name } = this.#context
    const ageMs = clock.now() - bornMs
    const keepMs = Math.floor(sealed.encoded.ttlMs - ageMs)
    // Too old to be worth storing already; somebody else may try.
    if (keepMs < 1) return this.release(key, ticket)
    const reservation = this.#l1?.reserve(key)
    try {
      const stored = await this.#entries.fill(key, ticket, sealed.encoded, ageMs, keepMs)
      if (stored) {
        if (reservation) this.#keep(reservation, sealed, bornMs)
        return
      }
      this.#counts.refusedFills++
      if (signals.refusedFill.hasSubscribers) signals.refusedFill.publish({ state, keyspace: name, key })
    } catch (error) {
      this.#failed('fill', error)
    }
    if (reservation) this.#l1?.cancel(reservation)
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
    if (entry.state === 'loading') return undefined
    if (entry.state === 'unreadable') return this.#bad(key, 'no entry of a known format')
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
