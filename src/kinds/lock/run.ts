/**
 * Lock: at most one trusted holder per id.
 *
 *   free ──acquire──▶ held ──release──▶ free
 *                      └── lease over ──▶ lost: `lease.signal` aborts
 *
 * The store decides who holds the lock. The local clock only decides when to stop believing it: trust ends at
 * `request sent + lease − margin`, before the store can grant the id to another. A paused process may still wake
 * late and go on, so a lock alone does not protect money: what it guards must be safe to do twice, or check again.
 */
import { ClosedError, LeaseLostError, LockNotAcquiredError } from '../../core/errors.ts'
import { signals } from '../../core/signals.ts'
import type { KeyspaceContext } from '../../keyspace/context.ts'
import type { LockKeyspace } from './declare.ts'
import type { LockStore } from './port.ts'

/** The lock, as the work that runs under it sees it. */
export interface Lease {
  /**
   * The fencing token: greater than that of every earlier grant of this lock. What a paused holder writes too late is
   * refused by `UPDATE … SET fence = $token WHERE fence < $token`, or `<=` for a holder that writes more than once.
   */
  readonly token: number
  /** Aborts with LeaseLostError when the lock can no longer be trusted. Stop the work then. */
  readonly signal: AbortSignal
}

/** A lock in use. */
export interface Lock<Id> {
  /**
   * Runs `work` while holding the lock, and gives it back afterwards, whatever happens.
   *
   * @throws LockNotAcquiredError at once when somebody else holds it; LeaseLostError when the work outlived the
   * lease and did not fail itself, or did not begin because the lease was over before its grant was heard of; what
   * `work` throws; the store's errors, InvalidIdError, ClosedError.
   */
  run<Result>(id: Id, work: (lease: Lease) => Promise<Result>): Promise<Result>
}

/** Opens a declared lock on a store. */
export function openLock<Id extends Readonly<Record<string, string>>>(
  context: KeyspaceContext,
  keyspace: LockKeyspace<Id>,
  store: LockStore,
): Lock<Id> {
  const { state, name, clock, random } = context
  const { leaseMs, pattern } = keyspace
  // Allows for clocks that run differently fast and for a timer that fires late.
  const marginMs = Math.max(20, leaseMs * 0.05)

  const report = (key: string, event: 'lost' | 'released-late'): void => {
    if (signals.lease.hasSubscribers) signals.lease.publish({ state, keyspace: name, key, event })
  }

  return {
    async run(id, work) {
      const key = pattern.key(id)
      if (context.isClosed()) throw new ClosedError()
      const owner = random.token()
      const trustedUntilMs = clock.now() + leaseMs - marginMs
      const token = await store.acquire(key, owner, leaseMs).catch((error: unknown) => {
        // Without an answer it may be ours all the same, and nobody would give it back.
        store.release(key, owner).catch(() => undefined)
        throw error
      })
      if (token === null) throw new LockNotAcquiredError(key)

      const abort = new AbortController()
      const lose = (): void => {
        if (abort.signal.aborted) return
        abort.abort(new LeaseLostError(key, leaseMs))
        report(key, 'lost')
      }
      const trust = clock.after(trustedUntilMs - clock.now(), lose)
      // A timer may be late: the grant took too long, or the work kept the event loop from it.
      const refuseWhenLost = (): void => {
        if (clock.now() >= trustedUntilMs) lose()
        abort.signal.throwIfAborted()
      }
      try {
        refuseWhenLost()
        const result = await work({ token, signal: abort.signal })
        refuseWhenLost()
        return result
      } finally {
        trust.cancel()
        // A lock that cannot be given back ends with its lease; the work is not undone by that.
        const released = await store.release(key, owner).catch(() => undefined)
        if (released === false) report(key, 'released-late')
      }
    },
  }
}
