import type { Clock } from '../core/clock.ts'
import { baseOf, formatEntry, parseEntry } from './entry.ts'
import type { ChangeListener, EntryStore } from './port.ts'

/** Far enough from 0 that a value may be older than the process. */
const ORIGIN_MS = 1e12

interface Slot {
  readonly text: string
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

  /** One client's view. Its feed of changes runs between `connect` and `disconnect`. */
  client(prefixes: readonly string[], listener: ChangeListener): MemoryClient {
    const client = { prefixes, listener }
    const [entries, tickets] = [this.#entries, this.#tickets]
    const now = this.#now
    const setEntry = (key: string, text: string, keepMs: number): void => {
      entries.set(key, text, keepMs)
      this.#announce('changed', key, client)
    }
    const dropTicket = (key: string): void => {
      if (tickets.delete(key)) this.#announce('ticketChanged', key, client)
    }
    return {
      connect: () => {
        this.#clients.add(client)
        listener.resumed()
      },
      disconnect: () => void this.#clients.delete(client),
      entries: {
        offsetMs: () => ORIGIN_MS,
        read: async (key) => entries.get(key) ?? null,
        readMany: async (keys) => keys.map((key) => entries.get(key) ?? null),

        claim: async (key, ticket, leaseMs) => {
          if (tickets.get(key) !== undefined) return false
          tickets.set(key, ticket, leaseMs)
          this.#announce('ticketChanged', key, client)
          return true
        },

        fill: async (key, ticket, base, value, ageMs, keepMs) => {
          if (tickets.get(key) !== ticket) return false
          dropTicket(key)
          if (baseOf(entries.get(key) ?? null) !== base) return false
          setEntry(key, formatEntry(ticket, now() - ageMs, value), keepMs)
          return true
        },

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
          const known = entries.get(key)
          if (known === undefined) setEntry(key, mark, keepMs)
          return known ?? mark
        },

        putMark: async (key, mark, keepMs = Infinity) => setEntry(key, mark, keepMs),

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

/** Texts with an end, the oldest first. */
class Slots {
  readonly #slots = new Map<string, Slot>()
  readonly #now: () => number
  readonly #most: number
  readonly #evicted: (key: string) => void

  constructor(now: () => number, most: number, evicted: (key: string) => void) {
    this.#now = now
    this.#most = most
    this.#evicted = evicted
  }

  get(key: string): string | undefined {
    const slot = this.#slots.get(key)
    if (!slot || slot.expiresMs > this.#now()) return slot?.text
    this.#slots.delete(key)
    return undefined
  }

  set(key: string, text: string, keepMs: number): void {
    this.#slots.delete(key)
    this.#slots.set(key, { text, expiresMs: this.#now() + keepMs })
    if (this.#slots.size <= this.#most) return
    const oldest = this.#slots.keys().next()
    if (!oldest.done && this.delete(oldest.value)) this.#evicted(oldest.value)
  }

  /** Another text, until the same moment. */
  replace(key: string, text: string): void {
    const slot = this.#slots.get(key)
    if (slot) this.#slots.set(key, { text, expiresMs: slot.expiresMs })
  }

  /** Whether there was one. */
  delete(key: string): boolean {
    const existed = this.get(key) !== undefined
    this.#slots.delete(key)
    return existed
  }
}
