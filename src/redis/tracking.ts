import { BasicClientSideCache } from '@redis/client'
import type { EntryKeys } from '../entry/keys.ts'
import type { ChangeListener } from '../entry/port.ts'

/** Keys that hold nothing: a change of one tells whoever waits for it. */
export interface Wakes {
  readonly prefix: string
  changed(redisKey: string): void
}

/**
 * Client tracking as a feed of changes: Redis pushes the name of every tracked key that another client changed, on
 * the connection that reads it, so a change is told before or right after the last read that it did not affect.
 *
 * node-redis offers this to its own client-side cache only; we take the feed and leave the cache out.
 */
export class ChangeFeed extends BasicClientSideCache {
  readonly #prefixes: readonly string[]
  readonly #keys: EntryKeys
  readonly #listener: ChangeListener
  readonly #wakes: Wakes
  #onFlush = (): void => undefined

  /** Follows the entries whose keys begin with one of `prefixes`, all tickets, and those who wake others. */
  constructor(prefixes: readonly string[], keys: EntryKeys, listener: ChangeListener, wakes: Wakes) {
    super({ maxEntries: 1, recordStats: false })
    this.#prefixes = withoutNested([keys.ticketPrefix, wakes.prefix, ...prefixes.map(keys.entry)])
    this.#keys = keys
    this.#listener = listener
    this.#wakes = wakes
  }

  /** The command that switches tracking on; node-redis sends it in the handshake of every connection. */
  override trackingOn(): string[] {
    const prefixes = this.#prefixes.flatMap((prefix) => ['PREFIX', prefix])
    // NOLOOP: what this connection changes itself, its own caller puts into the L1.
    return ['CLIENT', 'TRACKING', 'ON', 'BCAST', ...prefixes, 'NOLOOP']
  }

  /** The connection is up, and tracking is on. */
  resumed(): void {
    this.#listener.resumed()
  }

  /** Nothing is heard of the server, whatever becomes of the connection. */
  lost(): void {
    this.#listener.lost()
  }

  /** Calls `onFlush` when the server has dropped all its data, in order with what it answers. */
  whenFlushed(onFlush: () => void): void {
    this.#onFlush = onFlush
  }

  /** A push. `null` stands for everything: FLUSHALL, or a data set that was replaced. */
  override invalidate(key: { toString(): string } | null): void {
    if (key === null) {
      this.#onFlush()
      this.#listener.lost()
      this.#listener.resumed()
    } else if (key.toString().startsWith(this.#wakes.prefix)) {
      this.#wakes.changed(key.toString())
    } else {
      const changed = this.#keys.parse(key.toString())
      if (changed?.isTicket) this.#listener.ticketChanged(changed.key)
      else if (changed) this.#listener.changed(changed.key)
    }
  }

  override onError(): void {
    this.lost()
  }

  override onClose(): void {
    this.lost()
  }
}

/** Redis refuses a prefix that lies inside another of the same client. */
function withoutNested(prefixes: readonly string[]): string[] {
  const sorted = [...new Set(prefixes)].sort()
  return sorted.filter(
    (prefix, index) => !sorted.slice(0, index).some((shorter) => prefix.startsWith(shorter)),
  )
}
