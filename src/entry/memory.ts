import type { Clock } from '../core/clock.ts'
import type { Listed, Listing } from '../core/listing.ts'
import { baseOf, formatEntry, parseEntry } from './entry.ts'
import { textOf } from './join.ts'
import type { ChangeListener, EntryStore, Fill } from './port.ts'

/** Far enough from 0 that a value may be older than the process. */
const ORIGIN_MS = 1e12

interface Slot {
  readonly raw: string | Buffer
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
 * Bounded: beyond `maxEntries` the entry, or ticket, that was written first goes. Losing one is safe at any time.
 */
export class MemoryEntries {
  readonly #entries: Slots
  readonly #tickets: Slots
  readonly #clients = new Set<{ readonly prefixes: readonly string[]; readonly listener: ChangeListener }>()
  readonly #now: () => number

  constructor(clock: Clock, maxEntries: number) {
    this.#now = () => ORIGIN_MS + clock.now()
    this.#entries = new Slots(this.#now, maxEntries, (key) => this.#announce('changed', key, this))
    this.#tickets = new Slots(this.#now, maxEntries, (key) => this.#announce('ticketChanged', key, this))
  }

  /** Entries and marks. */
  get listing(): Listing {
    return this.#entries
  }

  /** Tickets, by the keys of their entries. */
  get ticketListing(): Listing {
    return this.#tickets
  }

  /** One client's view. Its feed of changes runs between `connect` and `disconnect`. */
  client(prefixes: readonly string[], listener: ChangeListener): MemoryClient {
    const client = { prefixes, listener }
    const [entries, tickets] = [this.#entries, this.#tickets]
    const now = this.#now
    const setEntry = (key: string, raw: string | Buffer, keepMs: number): void => {
      entries.set(key, raw, keepMs)
      this.#announce('changed', key, client)
    }
    const dropTicket = (key: string): void => {
      if (tickets.delete(key)) this.#announce('ticketChanged', key, client)
    }
    const claim = (key: string, ticket: string, leaseMs: number): string => {
      const holder = tickets.text(key)
      if (holder !== undefined) return holder
      tickets.set(key, ticket, leaseMs)
      this.#announce('ticketChanged', key, client)
      return ticket
    }
    const fill = ({ key, ticket, base, value, ageMs, keepMs }: Fill): boolean => {
      if (tickets.get(key) !== ticket) return false
      dropTicket(key)
      if (baseOf(entries.get(key) ?? null) !== base) return false
      setEntry(key, formatEntry(ticket, now() - ageMs, value), keepMs)
      return true
    }
    return {
      connect: () => {
        this.#clients.add(client)
        listener.resumed()
      },
      disconnect: () => void this.#clients.delete(client),
      entries: {
        offsetMs: () => ORIGIN_MS,
        read: async (key) => entries.text(key) ?? null,
        readMany: async (keys) => keys.map((key) => entries.text(key) ?? null),
        readBytes: async (key) => entries.bytes(key) ?? null,
        readManyBytes: async (keys) => keys.map((key) => entries.bytes(key) ?? null),

        look: async (key) => {
          const entry = entries.look(key)
          return {
            entry: entry ? { forMs: entry.leftMs, bytes: Buffer.byteLength(entry.raw) } : null,
            ticketForMs: tickets.look(key)?.leftMs ?? null,
          }
        },

        claimMany: async (keys, owners, leaseMs) =>
          keys.map((key, index) => claim(key, owners[index] as string, leaseMs)),

        extend: async (key, leaseMs) => {
          const holder = tickets.get(key)
          if (holder === undefined) return
          tickets.set(key, holder, leaseMs)
          this.#announce('ticketChanged', key, client)
        },

        fillMany: async (fills) => fills.map(fill),

        release: async (key, ticket) => {
          if (tickets.get(key) === ticket) dropTicket(key)
        },

        put: async (key, token, value, keepMs) => {
          setEntry(key, formatEntry(token, now(), value), keepMs)
          dropTicket(key)
        },

        expire: async (keys, token) => {
          keys.forEach(dropTicket)
          const known = keys.filter((key) => entries.get(key) !== undefined)
          for (const key of known) {
            const entry = parseEntry(entries.get(key) ?? '')
            if (entry) entries.replace(key, formatEntry(token, entry.bornMs, { ...entry, ttlMs: 0 }))
            else entries.delete(key)
            this.#announce('changed', key, client)
          }
          return known.length
        },

        ensureMark: async (key, mark, keepMs = Infinity) => {
          const known = entries.text(key)
          if (known === undefined) setEntry(key, mark, keepMs)
          return known ?? mark
        },

        removeMarks: async (keys) => {
          for (const key of keys) if (entries.delete(key)) this.#announce('changed', key, client)
        },

        remove: async (keys) => {
          keys.forEach(dropTicket)
          const removed = keys.filter((key) => entries.delete(key))
          for (const key of removed) this.#announce('changed', key, client)
          return removed.length
        },
      },
    }
  }

  #announce(event: 'changed' | 'ticketChanged', key: string, by: object): void {
    for (const client of this.#clients) {
      if (client === by) continue
      if (event === 'ticketChanged' || client.prefixes.some((prefix) => key.startsWith(prefix)))
        client.listener[event](key)
    }
  }
}

/** What is stored until its end, the oldest first. */
class Slots implements Listing {
  readonly #slots = new Map<string, Slot>()
  readonly #now: () => number
  readonly #most: number
  readonly #evicted: (key: string) => void

  constructor(now: () => number, most: number, evicted: (key: string) => void) {
    this.#now = now
    this.#most = most
    this.#evicted = evicted
  }

  get(key: string): string | Buffer | undefined {
    const slot = this.#slots.get(key)
    if (!slot || slot.expiresMs > this.#now()) return slot?.raw
    this.#slots.delete(key)
    return undefined
  }

  text(key: string): string | undefined {
    const raw = this.get(key)
    return raw === undefined || typeof raw === 'string' ? raw : textOf(raw)
  }

  bytes(key: string): Buffer | undefined {
    const raw = this.get(key)
    return typeof raw === 'string' ? Buffer.from(raw) : raw
  }

  keys = (): Iterable<string> => this.#slots.keys()

  look(key: string): Listed | undefined {
    const raw = this.get(key)
    const leftMs = (this.#slots.get(key)?.expiresMs ?? 0) - this.#now()
    return raw === undefined ? undefined : { raw, leftMs: leftMs === Infinity ? null : leftMs }
  }

  set(key: string, raw: string | Buffer, keepMs: number): void {
    this.#slots.delete(key)
    this.#slots.set(key, { raw, expiresMs: this.#now() + keepMs })
    if (this.#slots.size <= this.#most) return
    const oldest = this.#slots.keys().next()
    if (!oldest.done && this.delete(oldest.value)) this.#evicted(oldest.value)
  }

  /** Something else, until the same moment. */
  replace(key: string, raw: string | Buffer): void {
    const slot = this.#slots.get(key)
    if (slot) this.#slots.set(key, { raw, expiresMs: slot.expiresMs })
  }

  /** Whether there was one. */
  delete(key: string): boolean {
    const existed = this.get(key) !== undefined
    this.#slots.delete(key)
    return existed
  }
}
