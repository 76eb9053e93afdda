import type { Timer } from '../../core/clock.ts'
import { StoreRefusedError, StoreTimeoutError } from '../../core/errors.ts'
import { NO_ENTRY } from '../../entry/entry.ts'
import type { KeyspaceContext } from '../../keyspace/context.ts'
import type { StoreTier } from './store-tier.ts'
import type { Ticket } from './ticket.ts'

/**
 * A ticket ends by itself after so long: how long others wait for a load whose process died, or that was granted
 * without its process hearing of it. A process that is busy for longer loses the right to store what it loads.
 */
export const TICKET_LEASE_MS = 2_000
/** A holder that is alive says so this often, however long its load takes. */
const EXTEND_EVERY_MS = 600
/** Commands in flight of one batch: more would fill the queue of the connection. */
const COMMANDS_AT_ONCE = 1_000

/** A key whose ticket is asked for. */
interface Claimed {
  readonly key: string
  readonly base: string | undefined
}

/** See `ParsedEntry`. */
class OneTicket implements Ticket {
  readonly key: string
  token: string | undefined = undefined
  readonly base: string
  takenBy: string | undefined = undefined
  isLate = false
  used = false

  constructor(key: string, base: string | undefined) {
    this.key = key
    this.base = base ?? ''
  }
}

type TicketStore = Pick<StoreTier<never, never, never>, 'entries' | 'failed'>

/** The tickets of one keyspace: taken before a load, kept alive while it runs, given back after it. */
export class Tickets {
  readonly #context: KeyspaceContext
  readonly #store: TicketStore
  /** Those that loads of this process hold, by key. */
  readonly #held = new Map<string, string>()
  #extension: Timer | undefined

  constructor(context: KeyspaceContext, store: TicketStore) {
    this.#context = context
    this.#store = store
  }

  /** Whether a load of this process holds the ticket of `key`. */
  holds(key: string): boolean {
    return this.#held.has(key)
  }

  /** The ticket of `key` changed. Whether a load of this process had it: it has been overtaken then. */
  changed(key: string): boolean {
    return this.#held.delete(key)
  }

  /** Asks for the tickets of these keys, in their order. `base` is undefined when the store did not answer. */
  async claim(wanted: readonly Claimed[]): Promise<Ticket[]> {
    const tickets = wanted.map(({ key, base }) => new OneTicket(key, base))
    const asked = tickets.filter((_, index) => wanted[index]?.base !== undefined)
    for (let start = 0; start < asked.length; start += COMMANDS_AT_ONCE)
      await this.#ask(asked.slice(start, start + COMMANDS_AT_ONCE))
    return tickets
  }

  /** Asks for the ticket of one key. */
  async claimOne(wanted: Claimed): Promise<Ticket> {
    const [ticket] = await this.claim([wanted])
    return ticket as Ticket
  }

  /** Gives back what was not used. */
  giveBack(tickets: readonly Ticket[]): void {
    for (const { key, token, used } of tickets) {
      if (this.#held.get(key) === token) this.#held.delete(key)
      if (token !== undefined && !used) this.#release(key, token)
    }
    if (this.#held.size > 0) return
    this.#extension?.cancel()
    this.#extension = undefined
  }

  async #ask(tickets: readonly OneTicket[]): Promise<void> {
    const { entries } = this.#store
    const keys = tickets.map(({ key }) => key)
    const tokens = tickets.map(() => this.#context.random.token())
    const absent = tickets.filter(({ base }) => base === NO_ENTRY)
    try {
      const claims = entries.claimMany(keys, tokens, TICKET_LEASE_MS)
      // Sent behind the claims, in the same round trip: nobody can store anything between this look and the load.
      const looks = absent.length > 0 ? entries.readMany(absent.map(({ key }) => key)) : []
      const [holders, raws] = await Promise.all([claims, looks])
      absent.forEach((ticket, index) => (ticket.isLate = raws[index] !== null))
      tickets.forEach((ticket, index) => {
        const token = tokens[index] as string
        if (holders[index] === token) {
          ticket.token = token
          this.#held.set(ticket.key, token)
        } else ticket.takenBy = holders[index]
      })
      if (this.#held.size > 0) this.#extendLater()
    } catch (error) {
      this.#store.failed('claim', error)
      // Some may have been granted all the same, and would keep every load from storing until they end.
      if (error instanceof StoreTimeoutError || (error instanceof StoreRefusedError && keys.length > 1))
        keys.forEach((key, index) => this.#release(key, tokens[index] as string))
    }
  }

  /** Nobody waits for it: a ticket that stays ends by itself. */
  #release(key: string, token: string): void {
    this.#store.entries.release(key, token).catch((error: unknown) => this.#store.failed('release', error))
  }

  /** One timer for all; none while nothing is loading. */
  #extendLater(): void {
    this.#extension ??= this.#context.clock.after(EXTEND_EVERY_MS, () => {
      this.#extension = undefined
      if (this.#held.size === 0) return
      let count = 0
      for (const key of this.#held.keys()) {
        if (count++ === COMMANDS_AT_ONCE) break
        this.#store.entries
          .extend(key, TICKET_LEASE_MS)
          .catch((error: unknown) => this.#store.failed('extend', error))
      }
      this.#extendLater()
    })
  }
}
