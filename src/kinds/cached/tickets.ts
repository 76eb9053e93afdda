import type { KeyspaceContext } from '../../keyspace/context.ts'
import type { StoreTier } from './store-tier.ts'

/** The right to fill `key`, if it was granted. */
export interface Ticket {
  readonly key: string
  /** Undefined without the right. */
  readonly token: string | undefined
  readonly base: string
  /** Somebody else has it: they are loading. */
  readonly isTaken: boolean
  /** Nothing is left to give back. */
  used: boolean
}

/** A ticket outlives the load that it is for by this, so that the value can still be stored. */
const TICKET_MARGIN_MS = 2_000
/** Claims in flight of one batch: more would fill the queue of the connection. */
const CLAIMS_AT_ONCE = 1_000

/** The tickets of one keyspace: taken before a load, given back after it. */
export class Tickets {
  readonly #context: KeyspaceContext
  readonly #store: Pick<StoreTier<never, never, never>, 'claim' | 'release'>
  readonly #leaseMs: number
  /** Those that loads of this process hold, by key. */
  readonly #held = new Map<string, string>()

  constructor(
    context: KeyspaceContext,
    store: Pick<StoreTier<never, never, never>, 'claim' | 'release'>,
    loadTimeoutMs: number,
  ) {
    this.#context = context
    this.#store = store
    this.#leaseMs = loadTimeoutMs + TICKET_MARGIN_MS
  }

  /** Whether a load of this process holds the ticket of `key`. */
  holds(key: string): boolean {
    return this.#held.has(key)
  }

  /** Asks for the tickets of these keys, in their order. `base` is undefined when the store did not answer. */
  async claim(
    wanted: readonly { readonly key: string; readonly base: string | undefined }[],
  ): Promise<Ticket[]> {
    const tickets: Ticket[] = []
    for (let start = 0; start < wanted.length; start += CLAIMS_AT_ONCE) {
      const some = wanted.slice(start, start + CLAIMS_AT_ONCE)
      tickets.push(...(await Promise.all(some.map(({ key, base }) => this.#claimOne(key, base)))))
    }
    return tickets
  }

  /** Gives back what was not used. */
  giveBack(tickets: readonly Ticket[]): void {
    for (const { key, token, used } of tickets) {
      if (this.#held.get(key) === token) this.#held.delete(key)
      if (token !== undefined && !used) this.#store.release(key, token)
    }
  }

  async #claimOne(key: string, base: string | undefined): Promise<Ticket> {
    const none = { key, token: undefined, base: base ?? '', used: false }
    if (base === undefined) return { ...none, isTaken: false }
    const token = this.#context.random.token()
    const claimed = await this.#store.claim(key, token, this.#leaseMs)
    if (claimed !== 'granted') return { ...none, isTaken: claimed === 'taken' }
    this.#held.set(key, token)
    return { key, token, base, isTaken: false, used: false }
  }
}
