import type { Clock } from '../core/clock.ts'
import { formatTail } from './entry.ts'
import type { ChangeListener, EntryStore } from './port.ts'

/** Far enough from 0 that a value may be older than the process. */
const ORIGIN_MS = 1e12

interface Slot {
  readonly raw: string
  readonly expiresMs: number
}

/** The entries as one client sees them. */
export interface MemoryClient {
  readonly entries: EntryStore
  connect(): void
  disconnect(): void
}

/**
 * Entries in the memory of one process: the reference semantics of the entry protocol. Several clients may share
 * one, as several processes share a Redis; each hears of what the others change.
 *
 * Bounded: beyond `maxEntries` the entry that was written first goes. Losing an entry is safe at any time.
 */
export class MemoryEntries {
  readonly #slots = new Map<string, Slot>()
  readonly #clients = new Set<{ readonly prefixes: readonly string[]; readonly listener: ChangeListener }>()
  readonly #clock: Clock
  readonly #maxEntries: number

  constructor(clock: Clock, maxEntries: number) {
    this.#clock = clock
    this.#maxEntries = maxEntries
  }

  /** Entries now held, expired ones that nobody asked for included. */
  get size(): number {
    return this.#slots.size
  }

  /** One client's view. Its feed of changes runs between `connect` and `disconnect`. */
  client(prefixes: readonly string[], listener: ChangeListener): MemoryClient {
    const client = { prefixes, listener }
    const write = (key: string, raw: string, expiresMs: number): void => {
      this.#slots.delete(key)
      this.#slots.set(key, { raw, expiresMs })
      this.#evict()
      this.#announce(key, client)
    }
    const now = (): number => this.#now()

    return {
      connect: () => {
        this.#clients.add(client)
        listener.resumed()
      },
      disconnect: () => void this.#clients.delete(client),
      entries: {
        now,
        read: async (key) => this.#get(key)?.raw ?? null,
        readMany: async (keys) => keys.map((key) => this.#get(key)?.raw ?? null),

        claim: async (key, ticket, leaseMs) => {
          const slot = this.#get(key)
          const value = slot && freeValue(slot.raw, now())
          if (slot && value === undefined) return false
          if (slot && value) write(key, `R1 ${ticket} ${Math.ceil(now() + leaseMs)} ${value}`, slot.expiresMs)
          else write(key, `L1 ${ticket}`, now() + leaseMs)
          return true
        },

        fill: async (key, ticket, value, ageMs, keepMs) => {
          const slot = this.#get(key)
          if (!slot || !holds(slot.raw, ticket)) return false
          write(key, `V1 ${ticket} ${Math.floor(now() - ageMs)} ${formatTail(value)}`, now() + keepMs)
          return true
        },

        release: async (key, ticket) => {
          const slot = this.#get(key)
          if (!slot || !holds(slot.raw, ticket)) return
          const value = wrappedValue(slot.raw)
          if (value) write(key, value, slot.expiresMs)
          else this.#remove(key, client)
        },

        put: async (key, token, value, keepMs) => {
          write(key, `V1 ${token} ${Math.floor(now())} ${formatTail(value)}`, now() + keepMs)
        },

        remove: async (keys) => keys.filter((key) => this.#remove(key, client)).length,
      },
    }
  }

  #now(): number {
    return ORIGIN_MS + this.#clock.now()
  }

  #get(key: string): Slot | undefined {
    const slot = this.#slots.get(key)
    if (!slot || slot.expiresMs > this.#now()) return slot
    this.#slots.delete(key)
    return undefined
  }

  #remove(key: string, by: object): boolean {
    const existed = this.#get(key) !== undefined
    if (existed) {
      this.#slots.delete(key)
      this.#announce(key, by)
    }
    return existed
  }

  #evict(): void {
    if (this.#slots.size <= this.#maxEntries) return
    const oldest = this.#slots.keys().next()
    if (!oldest.done) this.#remove(oldest.value, this)
  }

  #announce(key: string, by: object): void {
    for (const client of this.#clients) {
      if (client !== by && client.prefixes.some((prefix) => key.startsWith(prefix)))
        client.listener.changed(key)
    }
  }
}

function holds(raw: string, ticket: string): boolean {
  return raw === `L1 ${ticket}` || raw.startsWith(`R1 ${ticket} `)
}

/** The value inside `R1 <ticket> <until> V1 …`. */
function wrappedValue(raw: string): string | undefined {
  return raw.startsWith('R1 ') ? raw.slice(raw.indexOf(' ', raw.indexOf(' ', 3) + 1) + 1) : undefined
}

/** The value that a claim may wrap; undefined while somebody else has the right to fill. */
function freeValue(raw: string, nowMs: number): string | undefined {
  if (raw.startsWith('V1 ')) return raw
  if (!raw.startsWith('R1 ')) return undefined
  const untilMs = Number(raw.slice(raw.indexOf(' ', 3), raw.indexOf('V1 ')))
  return untilMs > nowMs ? undefined : wrappedValue(raw)
}
