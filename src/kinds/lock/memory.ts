import type { Clock } from '../../core/clock.ts'
import type { Listing } from '../../core/listing.ts'
import { COUNT_ORIGIN_MS, HANDOVER_MS, type LockStore, MOST_WAITING, WAITER_ALIVE_MS } from './port.ts'

/** Abandoned leases are swept out once this many locks are known. */
const SWEEP_AT = 10_000

interface Held {
  readonly owner: string
  readonly expiresMs: number
}

/** Locks in the memory of one process: the reference semantics. */
export function memoryLocks(clock: Clock): LockStore & { readonly listing: Listing } {
  let lastCount = 0
  const held = new Map<string, Held>()
  /** By key, in the order of arrival: until when each owner counts as alive. */
  const waiting = new Map<string, Map<string, number>>()
  const listeners = new Set<(key: string) => void>()
  const holder = (key: string): string | undefined => {
    const lock = held.get(key)
    if (!lock || lock.expiresMs > clock.now()) return lock?.owner
    held.delete(key)
    return undefined
  }
  const leave = (key: string, owner: string): void => {
    const line = waiting.get(key)
    line?.delete(owner)
    if (line?.size === 0) waiting.delete(key)
  }
  const getInLine = (key: string, owner: string): void => {
    const line = waiting.get(key) ?? new Map<string, number>()
    if (line.has(owner) || line.size < MOST_WAITING) line.set(owner, clock.now() + WAITER_ALIVE_MS)
    waiting.set(key, line)
  }
  const next = (key: string): string | undefined => {
    for (const [owner, untilMs] of waiting.get(key) ?? []) {
      leave(key, owner)
      if (untilMs >= clock.now()) return owner
    }
    return undefined
  }
  const sweep = (): void => {
    for (const key of held.keys()) holder(key)
    for (const [key, line] of waiting)
      for (const [owner, untilMs] of line) if (untilMs < clock.now()) leave(key, owner)
  }
  return {
    async acquire(key, owner, leaseMs, waits) {
      const other = holder(key)
      if (other !== undefined && other !== owner) {
        if (waits) getInLine(key, owner)
        return { heldForMs: (held.get(key)?.expiresMs ?? 0) - clock.now() }
      }
      leave(key, owner)
      if (held.size + waiting.size >= SWEEP_AT) sweep()
      held.set(key, { owner, expiresMs: clock.now() + leaseMs })
      // By the calendar, so that they grow over restarts: what they guard may outlive this process.
      return { count: (lastCount = Math.max(lastCount + 1, Math.floor(clock.wall() - COUNT_ORIGIN_MS))) }
    },
    async extend(key, owner, leaseMs) {
      if (holder(key) !== owner) return false
      held.set(key, { owner, expiresMs: clock.now() + leaseMs })
      return true
    },
    async release(key, owner) {
      leave(key, owner)
      if (holder(key) !== owner) return false
      const heir = next(key)
      held.delete(key)
      if (heir === undefined) return true
      held.set(key, { owner: heir, expiresMs: clock.now() + HANDOVER_MS })
      for (const listener of listeners) listener(key)
      return true
    },
    watch(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    listing: {
      keys: () => held.keys(),
      look(key) {
        const raw = holder(key)
        const leftMs = (held.get(key)?.expiresMs ?? 0) - clock.now()
        return raw === undefined ? undefined : { raw, leftMs }
      },
    },
  }
}
