/**
 * Lock: at most one trusted holder per id.
 *
 *   free ──acquire──▶ held ──release──▶ free, or kept for who waits longest
 *                     │  ▲
 *                     │  └─ extend, every lease/3
 *                     └─ refused, or unconfirmed too long ──▶ lost: `lease.signal` aborts
 *
 * The store decides who holds the lock. The local clock only decides when to stop believing it: trust ends at
 * `request sent + lease − margin`, before the store can grant the id to another. That clock is monotonic, so a calendar
 * that is set changes nothing; it stands still while a host is suspended.
 *
 * Its limit: a paused process wakes late and goes on until it looks. A Redis that loses its data, or fails over before
 * it has replicated, grants the lock again while the first holder still trusts its own. So a lock alone does not protect
 * money: what it guards must refuse an older token (`fencing`).
 *
 * Those who wait stand in line in the store: a release keeps the lock for the first of them, and wakes its process. A
 * wake that is lost, or a holder that died, is found by asking again, within a second.
 */
import { Agenda } from '../../core/agenda.ts'
import { type Duration, parseDuration } from '../../core/duration.ts'
import { ClosedError, LockNotAcquiredError, StoreUnavailableError } from '../../core/errors.ts'
import { signals } from '../../core/signals.ts'
import type { KeyspaceContext } from '../../keyspace/context.ts'
import type { LockKeyspace } from './declare.ts'
import { HeldLease, Hold, type HoldRules } from './hold.ts'
import type { Lease } from './lease.ts'
import { Line } from './line.ts'
import type { LockStore } from './port.ts'

/** How to run. */
export interface LockOptions {
  /** The longest to wait for the lock. Default: not at all. */
  readonly wait?: Duration
}

/** What became of `tryRun`. */
export type Tried<Result> =
  | { readonly ran: true; readonly result: Result }
  | { readonly ran: false; readonly retryAfterMs: number }

/** A lock in use. */
export interface Lock<Id> {
  /**
   * Runs `work` while holding the lock, and gives it back afterwards, whatever happens.
   *
   * @throws LockNotAcquiredError when somebody else holds it, at once or after `wait`; LeaseLostError when the lease
   * was lost and the work did not fail itself, or when the work did not begin because the lease was over before its
   * grant was heard of; what `work` throws; the store's errors, InvalidIdError, ClosedError, DeclarationError.
   */
  run<Result>(id: Id, work: (lease: Lease) => Promise<Result>, options?: LockOptions): Promise<Result>

  /** As `run`, for whom it is no failure that somebody else holds the lock: it never waits. */
  tryRun<Result>(id: Id, work: (lease: Lease) => Promise<Result>): Promise<Tried<Result>>

  /**
   * Runs `work` while holding all of these locks, or none. They are taken one after the other in one order that all
   * callers share, so two that want the same ones never wait for each other; `wait` counts for all together. Leases
   * come in the order of `ids`. As `run` otherwise.
   */
  runAll<Result>(
    ids: readonly Id[],
    work: (leases: readonly Lease[]) => Promise<Result>,
    options?: LockOptions,
  ): Promise<Result>
}

/** The epoch of tokens: 0n without a gate; undefined while the gate is not open. */
export type TokenEpoch = () => bigint | undefined

/** A lost wake, or a holder that died, is found after this long. */
const ASK_AGAIN_MS = 1_000
/** As `ask again`, when the other lease ends: not before its end, not all at once. */
const AFTER_THE_END_MS = 2
const GATE_AGAIN_MS = 20
const MOST_AT_ONCE = 100

/** Opens a declared lock on a store. */
export function openLock<Id extends Readonly<Record<string, string>>>(
  context: KeyspaceContext,
  keyspace: LockKeyspace<Id>,
  store: LockStore,
  epoch: TokenEpoch = () => 0n,
): { readonly lock: Lock<Id>; readonly stop: () => void } {
  const { state, name, clock, random } = context
  const { leaseMs, longestMs, pattern } = keyspace
  const rules: HoldRules = {
    store,
    clock,
    agenda: new Agenda(clock),
    leaseMs,
    longestMs,
    report(key, event, error) {
      if (signals.lease.hasSubscribers)
        signals.lease.publish({ state, keyspace: name, key, event, ...(error !== undefined && { error }) })
    },
  }
  const line = new Line(clock)
  const unwatch = store.watch((key) => line.wake(key))

  /** Undefined: it does not wait. */
  const deadlineOf = (options?: LockOptions): number | undefined => {
    const waitMs = options?.wait === undefined ? 0 : parseDuration(options.wait, `${name}.run.wait`, 0)
    return waitMs === 0 ? undefined : clock.now() + waitMs
  }

  /** Gives back what may have been granted without our hearing of it, or leaves the line. */
  const giveUp = (key: string, owner: string): void => void store.release(key, owner).catch(() => undefined)

  const gateIsNotOpen = (key: string): StoreUnavailableError =>
    new StoreUnavailableError(
      `${key}: the gate is not open, and without its epoch no token is greater than all before`,
    )

  /** Waits for it. @throws LockNotAcquiredError, the store's errors */
  const acquire = async (key: string, deadlineMs: number): Promise<Hold> => {
    const owner = random.token()
    const place = line.join(key)
    try {
      for (;;) {
        if (context.isClosed()) throw new ClosedError()
        const present = epoch()
        const sentMs = clock.now()
        if (present === undefined) {
          if (sentMs >= deadlineMs) throw gateIsNotOpen(key)
          await place.woken(Math.min(GATE_AGAIN_MS, deadlineMs - sentMs))
          continue
        }
        const acquired = await store.acquire(key, owner, leaseMs, true)
        if ('count' in acquired) return new Hold(rules, key, owner, present, acquired.count, sentMs)
        const leftMs = deadlineMs - clock.now()
        if (leftMs <= 0) throw new LockNotAcquiredError(key, acquired.heldForMs)
        await place.woken(Math.min(ASK_AGAIN_MS, acquired.heldForMs + AFTER_THE_END_MS, leftMs))
      }
    } catch (error) {
      giveUp(key, owner)
      throw error
    } finally {
      place.leave()
    }
  }

  /** Asks once. @throws as `acquire` does */
  const acquireNow = (key: string): Promise<Hold> => {
    const present = epoch()
    if (present === undefined) return Promise.reject(gateIsNotOpen(key))
    const owner = random.token()
    const sentMs = clock.now()
    return store.acquire(key, owner, leaseMs, false).then(
      (acquired) => {
        if ('count' in acquired) return new Hold(rules, key, owner, present, acquired.count, sentMs)
        throw new LockNotAcquiredError(key, acquired.heldForMs)
      },
      (error: unknown) => {
        giveUp(key, owner)
        throw error
      },
    )
  }

  const under = async <Result>(
    key: string,
    deadlineMs: number | undefined,
    work: (lease: Lease) => Promise<Result>,
  ): Promise<Result> => {
    const hold = await (deadlineMs === undefined ? acquireNow(key) : acquire(key, deadlineMs))
    try {
      hold.assertHeld()
      const result = await work(new HeldLease(hold))
      hold.assertHeld()
      return result
    } finally {
      await hold.end()
    }
  }

  const checked = (id: Id): string => {
    const key = pattern.key(id)
    if (context.isClosed()) throw new ClosedError()
    return key
  }

  const lock: Lock<Id> = {
    run(id, work, options) {
      try {
        return under(checked(id), deadlineOf(options), work)
      } catch (error) {
        return Promise.reject(error)
      }
    },

    async tryRun(id, work) {
      let began = false
      try {
        const result = await under(checked(id), undefined, (lease) => {
          began = true
          return work(lease)
        })
        return { ran: true, result }
      } catch (error) {
        // Of another lock, that the work itself wanted, this says nothing.
        if (began || !(error instanceof LockNotAcquiredError)) throw error
        return { ran: false, retryAfterMs: error.retryAfterMs }
      }
    },

    async runAll(ids, work, options) {
      if (ids.length === 0 || ids.length > MOST_AT_ONCE)
        throw new RangeError(`${name}.runAll takes 1 to ${MOST_AT_ONCE} ids, not ${ids.length}`)
      const keys = ids.map(checked)
      const deadlineMs = deadlineOf(options)
      const leases = new Map<string, Lease>()
      const [first, ...others] = [...new Set(keys)].sort()
      const take = (key: string | undefined, rest: readonly string[]): ReturnType<typeof work> => {
        if (key === undefined) {
          // The first ones may have been lost while the last one was waited for.
          for (const lease of leases.values()) lease.assertHeld()
          return work(keys.map((each) => leases.get(each) as Lease))
        }
        return under(key, deadlineMs, (lease) => {
          leases.set(key, lease)
          return take(rest[0], rest.slice(1))
        })
      }
      return take(first, others)
    },
  }
  return { lock, stop: unwatch }
}
