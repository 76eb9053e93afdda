import type { Clock } from '../../core/clock.ts'
import type { Generations } from '../../entry/generations.ts'
import type { Found } from './found.ts'
import { type Stamp, stands } from './stamp.ts'

/** What an L1 asks of the generations. */
export type KnownMarks = Pick<Generations, 'known' | 'version'>

/**
 * L1: the memory of this process in front of the store. Bounded by entries and bytes.
 *
 * Coherent: the store reports what others change (`invalidate`), and every doubt (`suspend`). A value read from the
 * store may only go in if nothing was reported since the read was *sent*: `reserve` before sending, `commit` after.
 * The report and the answer come in one stream, but the code that waits for the answer runs a little later.
 *
 * What goes when it is full is chosen by SIEVE (Zhang et al., NSDI 2024): a hit costs one flag, and no list is
 * reordered.
 */
export class L1<Value> {
  readonly #entries = new Map<string, Cell<Value>>()
  readonly #reserved = new Map<string, Reservations>()
  readonly #clock: Clock
  readonly #maxEntries: number
  readonly #maxBytes: number
  readonly #staleMs: number
  readonly #generations: KnownMarks
  /** What was known when changes were last told; to fall back to until they are again. */
  #doubtful = new Map<string, Cell<Value>>()
  #bytes = 0
  /** Counts the moments at which everything became doubtful. */
  #epoch = 0
  /** Without a feed of changes nothing may be kept. */
  #suspended = true
  #newest: Cell<Value> | undefined
  #oldest: Cell<Value> | undefined
  #hand: Cell<Value> | undefined

  /** `staleMs`: how long a value is kept after it was fresh. */
  constructor(clock: Clock, maxEntries: number, maxBytes: number, generations: KnownMarks, staleMs = 0) {
    this.#clock = clock
    this.#maxEntries = maxEntries
    this.#maxBytes = maxBytes
    this.#staleMs = staleMs
    this.#generations = generations
  }

  /** The entry under `key`, if it is still of any use: perhaps not fresh any more. */
  get(key: string, nowMs: number = this.#clock.now()): Found<Value> | undefined {
    const cell = this.#entries.get(key)
    if (cell === undefined) return undefined
    if (cell.freshUntilMs + this.#staleMs <= nowMs) {
      this.#drop(cell)
      return undefined
    }
    if (cell.checkedAt !== this.#generations.version) {
      if (!stands(cell.stamp, this.#generations)) {
        this.#drop(cell)
        return undefined
      }
      cell.checkedAt = this.#generations.version
    }
    cell.visited = true
    return cell
  }

  /** Call before sending what will answer with a value for `key`. End it with `commit` or `cancel`. */
  reserve(key: string): Reservation {
    let reservations = this.#reserved.get(key)
    if (!reservations) {
      reservations = { open: 0, changes: 0 }
      this.#reserved.set(key, reservations)
    }
    reservations.open++
    return { key, reservations, changes: reservations.changes, epoch: this.#epoch }
  }

  /** Keeps the answer, unless something was reported meanwhile. `bytes` is its encoded size. */
  commit(reservation: Reservation, found: Found<Value>, bytes: number, stamp: Stamp): void {
    this.cancel(reservation)
    const { key, reservations } = reservation
    if (this.#suspended || reservation.epoch !== this.#epoch || reservation.changes !== reservations.changes)
      return
    if (bytes > this.#maxBytes || !stands(stamp, this.#generations)) return
    const known = this.#entries.get(key)
    if (known) this.#drop(known)
    while (this.#entries.size >= this.#maxEntries || this.#bytes + bytes > this.#maxBytes) this.#evictOne()
    const { value, bornMs, freshUntilMs, costMs } = found
    const older = this.#newest
    const cell: Cell<Value> = {
      value,
      bornMs,
      freshUntilMs,
      costMs,
      stamp,
      checkedAt: this.#generations.version,
      key,
      bytes,
      visited: false,
      newer: undefined,
      older,
    }
    if (this.#newest) this.#newest.newer = cell
    this.#newest = cell
    this.#oldest ??= cell
    this.#entries.set(key, cell)
    this.#bytes += bytes
  }

  /** The answer did not come, or is not to be kept. */
  cancel({ key, reservations }: Reservation): void {
    if (--reservations.open === 0) this.#reserved.delete(key)
  }

  /** `key` changed: forget it, and do not keep what is being read right now. */
  invalidate(key: string): void {
    const cell = this.#entries.get(key)
    if (cell) this.#drop(cell)
    const reservations = this.#reserved.get(key)
    if (reservations) reservations.changes++
  }

  /** What was known under `key` when changes were last told, while they are not. */
  doubtful(key: string): Found<Value> | undefined {
    return this.#doubtful.get(key)
  }

  /** Changes may have been missed: forget everything, keep nothing until `resume`. */
  suspend(): void {
    if (!this.#suspended) this.#doubtful = new Map(this.#entries)
    this.#suspended = true
    this.#epoch++
    this.#entries.clear()
    this.#bytes = 0
    this.#newest = this.#oldest = this.#hand = undefined
  }

  /** Changes are reported from now on. */
  resume(): void {
    this.#doubtful = new Map()
    this.#suspended = false
  }

  /** Entries held, expired ones that nobody asked for included. */
  get size(): number {
    return this.#entries.size
  }

  /** Encoded size of the entries held. */
  get bytes(): number {
    return this.#bytes
  }

  #evictOne(): void {
    let cell = this.#hand ?? this.#oldest
    while (cell?.visited) {
      cell.visited = false
      cell = cell.newer ?? this.#oldest
    }
    if (!cell) return
    this.#hand = cell.newer
    this.#drop(cell)
  }

  #drop(cell: Cell<Value>): void {
    this.#entries.delete(cell.key)
    this.#bytes -= cell.bytes
    if (this.#hand === cell) this.#hand = cell.newer
    if (cell.newer) cell.newer.older = cell.older
    else this.#newest = cell.older
    if (cell.older) cell.older.newer = cell.newer
    else this.#oldest = cell.newer
  }
}

interface Cell<Value> extends Found<Value> {
  readonly key: string
  readonly bytes: number
  readonly stamp: Stamp
  /** The version of the generations under which the stamp was found to stand. */
  checkedAt: number
  visited: boolean
  newer: Cell<Value> | undefined
  older: Cell<Value> | undefined
}

interface Reservations {
  open: number
  changes: number
}

/** The right to keep one answer. */
export interface Reservation {
  readonly key: string
  readonly reservations: Reservations
  readonly changes: number
  readonly epoch: number
}
