import type { Clock } from '../../core/clock.ts'
import type { LockStore } from './port.ts'

/** Abandoned leases are swept out once this many locks are known. */
const SWEEP_AT = 10_000

/** Locks in the memory of one process: the reference semantics. */
export function memoryLocks(clock: Clock): LockStore {
  let lastToken = 0
  const held = new Map<string, { readonly owner: string; readonly expiresMs: number }>()
  const holder = (key: string): string | undefined => {
    const lock = held.get(key)
    if (!lock || lock.expiresMs > clock.now()) return lock?.owner
    held.delete(key)
    return undefined
  }
  return {
    async acquire(key, owner, leaseMs) {
      if (holder(key) !== undefined) return null
      if (held.size >= SWEEP_AT) for (const other of held.keys()) holder(other)
      held.set(key, { owner, expiresMs: clock.now() + leaseMs })
      // By the calendar, so that they grow over restarts: what they guard may outlive this process.
      return (lastToken = Math.max(lastToken + 1, Math.floor(clock.wall() * 1_000)))
    },
    async release(key, owner) {
      return holder(key) === owner && held.delete(key)
    },
  }
}
