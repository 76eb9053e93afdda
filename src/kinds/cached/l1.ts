import type { Clock } from '../../core/clock.ts'
import type { Generations } from '../../entry/generations.ts'
import type { KeyPattern } from '../../keyspace/pattern.ts'
import type { Found } from './found.ts'
import { tagMark } from './mark-names.ts'
import { type Stamp, stands } from './stamp.ts'

/** What an L1 asks of the generations. */
export type KnownMarks = Pick<Generations, 'known' | 'version' | 'wereRenewedBlindly'>

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
  readonly #single: KeyPattern['single']
  /** The one that most cells share, because what they hold was loaded under the same generations. */
  #standing: Standing | undefined
  /** Goes over the entries in the order in which they came, again and again. */
  #hand: Iterator<[string, Cell<Value>]> | undefined

  /** `staleMs`: how long a value is kept after it was fresh. */
  constructor(
    clock: Clock,
    maxEntries: number,
    maxBytes: number,
    generations: KnownMarks,
    staleMs = 0,
    single?: KeyPattern['single'],
  ) {
    this.#clock = clock
    this.#maxEntries = maxEntries
    this.#maxBytes = maxBytes
    this.#staleMs = staleMs
    this.#generations = generations
    this.#single = single
  }

  /** The entry under `key`, if it is still of any use: perhaps not fresh any more. */
  get(key: string, nowMs: number = this.#clock.now()): Found<Value> | undefined {
    const name = this.#nameOf(key)
    const cell = this.#entries.get(name)
    return cell && this.#ifOfUse(name, cell, nowMs)
  }

  /** As `get`, without a key, which costs more to build than all the rest. Of patterns with one parameter only. */
  byParameter(id: Readonly<Record<string, unknown>>, nowMs: number): Found<Value> | undefined {
    if (this.#single === undefined) return undefined
    const name = id?.[this.#single.name] as string
    const cell = this.#entries.get(name)
    return cell?.isByParameter ? this.#ifOfUse(name, cell, nowMs) : undefined
  }

  #ifOfUse(name: string, cell: Cell<Value>, nowMs: number): Found<Value> | undefined {
    if (cell.freshUntilMs + this.#staleMs <= nowMs) {
      this.#drop(name, cell)
      return undefined
    }
    const { standing } = cell
    if (standing.checkedAt !== this.#generations.version) {
      if (!stands(standing.stamp, this.#generations)) {
        this.#drop(name, cell)
        return undefined
      }
      standing.checkedAt = this.#generations.version
    }
    cell.visit()
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
    const name = this.#nameOf(key)
    const known = this.#entries.get(name)
    if (known) this.#drop(name, known)
    while (this.#entries.size >= this.#maxEntries || this.#bytes + bytes > this.#maxBytes) this.#evictOne()
    this.#entries.set(name, new Cell(found, bytes, this.#standingOf(stamp), name !== key))
    this.#bytes += bytes
  }

  /** The answer did not come, or is not to be kept. */
  cancel({ key, reservations }: Reservation): void {
    if (--reservations.open === 0) this.#reserved.delete(key)
  }

  /** `key` changed: forget it, and do not keep what is being read right now. */
  invalidate(key: string): void {
    const name = this.#nameOf(key)
    const cell = this.#entries.get(name)
    if (cell) this.#drop(name, cell)
    this.#doubtful.delete(name)
    const reservations = this.#reserved.get(key)
    if (reservations) reservations.changes++
  }

  /** What was known under `key` when changes were last told, while they are not. */
  doubtful(key: string): Found<Value> | undefined {
    const cell = this.#doubtful.get(this.#nameOf(key))
    if (cell === undefined) return undefined
    const { names, tags } = cell.standing.stamp
    return this.#generations.wereRenewedBlindly([...names, ...tags.map(tagMark)]) ? undefined : cell
  }

  /**
   * Changes may have been missed: forget everything, keep nothing until `resume`. The generations are told after this:
   * what they have made useless is not even doubtful.
   */
  suspend(): void {
    if (!this.#suspended)
      this.#doubtful = new Map(
        [...this.#entries].filter(([, { standing }]) => stands(standing.stamp, this.#generations)),
      )
    this.#suspended = true
    this.#epoch++
    this.#entries.clear()
    this.#bytes = 0
    this.#hand = undefined
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

  /**
   * Under which name the cell of `key` is kept: the value of the only parameter, where it stands in the key as it is.
   * A value that had to be encoded could be taken for another one, so its cell keeps the whole key.
   */
  #nameOf(key: string): string {
    if (this.#single === undefined || key.includes('%')) return key
    return key.slice(this.#single.before.length, key.length - this.#single.after.length)
  }

  /** One for all cells that it fits: what an entry says of its marks would keep all its text in memory. */
  #standingOf(stamp: Stamp): Standing {
    const { names, marks, tags } = stamp
    const shared = this.#standing
    if (tags.length === 0 && shared?.stamp.names === names && shared.stamp.marks === marks) return shared
    const checkedAt = this.#generations.version
    if (tags.length > 0) return { stamp, checkedAt }
    return (this.#standing = {
      stamp: { ...stamp, marks: this.#generations.known(names) ?? marks },
      checkedAt,
    })
  }

  #evictOne(): void {
    for (;;) {
      this.#hand ??= this.#entries.entries()
      const next = this.#hand.next()
      if (next.done) {
        if (this.#entries.size === 0) return
        this.#hand = undefined
        continue
      }
      const [name, cell] = next.value
      if (!cell.forgetVisit()) return this.#drop(name, cell)
    }
  }

  #drop(name: string, cell: Cell<Value>): void {
    this.#entries.delete(name)
    this.#bytes -= cell.bytes
  }
}

/** A stamp, and the version of the generations under which it was found to stand. */
interface Standing {
  readonly stamp: Stamp
  checkedAt: number
}

const VISITED = 1
const BY_PARAMETER = 2

/** An entry. There may be millions: every field counts. */
class Cell<Value> implements Found<Value> {
  readonly value: Found<Value>['value']
  readonly bornMs: number
  readonly freshUntilMs: number
  readonly costMs: number
  readonly standing: Standing
  /** Four times its encoded size, and two flags. */
  #bits: number

  constructor(found: Found<Value>, bytes: number, standing: Standing, isByParameter: boolean) {
    this.value = found.value
    // Whole numbers need no memory of their own. The value counts as older by less than a millisecond.
    this.bornMs = Math.floor(found.bornMs)
    this.freshUntilMs = Math.floor(found.freshUntilMs)
    this.costMs = found.costMs
    this.standing = standing
    this.#bits = bytes * 4 + (isByParameter ? BY_PARAMETER : 0)
  }

  get bytes(): number {
    return Math.floor(this.#bits / 4)
  }

  /** Whether it is kept under the value of a parameter. */
  get isByParameter(): boolean {
    return (this.#bits & BY_PARAMETER) !== 0
  }

  /** Somebody read it. */
  visit(): void {
    if ((this.#bits & VISITED) === 0) this.#bits += VISITED
  }

  /** Whether somebody read it since this was asked last. */
  forgetVisit(): boolean {
    const isVisited = (this.#bits & VISITED) !== 0
    if (isVisited) this.#bits -= VISITED
    return isVisited
  }
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
