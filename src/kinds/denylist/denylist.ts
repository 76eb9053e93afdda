/**
 * Denylist: what would be valid by itself until some time, and was revoked before.
 *
 * The guarantee: once `deny` has resolved, every `isDenied` that begins later says so, in any process, until the end
 * that was given; whatever Redis has lost, and without Redis. When it cannot be known, `isDenied` rejects.
 *
 * The mechanism: see `revocation/revocations.ts`. The store is the fast path: it makes a denial known everywhere as
 * soon as it is acknowledged. Without it `deny` takes a second longer, and PostgreSQL is asked each time.
 */
import { ClosedError, DeniedError, InvalidValueError } from '../../core/errors.ts'
import { signals } from '../../core/signals.ts'
import type { KeyspaceContext } from '../../keyspace/context.ts'
import { isRevoked, type Revocations } from '../../revocation/revocations.ts'
import type { DenylistKeyspace } from './declare.ts'
import type { DenylistStore } from './port.ts'
import { type Verdict, Verdicts } from './verdicts.ts'

/** A denylist in use. Every method may reject with InvalidIdError, ClosedError and RevocationUnknownError. */
export interface Denylist<Id> {
  /**
   * Denies something until its own end. One that is over needs none, and gets none.
   *
   * @throws InvalidValueError for an end that is none, or later than declared
   */
  deny(id: Id, until: Date): Promise<void>
  /** Whether it was denied. */
  isDenied(id: Id): Promise<boolean>
  /**
   * What `verify` says of a token, which is asked once and then remembered by this process for as long as the token
   * lives at most. A token that was denied is refused all the same.
   *
   * @throws DeniedError; what `verify` throws, which is not remembered
   */
  verdict<Value>(token: string, verify: (token: string) => Promise<Verdict<Id, Value>>): Promise<Value>
}

/** Calendars of hosts differ. */
const MARGIN_MS = 60_000

/** Opens a declared denylist on a store and the truth. */
export function openDenylist<Id extends Readonly<Record<string, string>>, Session>(
  context: KeyspaceContext,
  keyspace: DenylistKeyspace<Id>,
  store: DenylistStore,
  revocations: Revocations<Session>,
): Denylist<Id> {
  const { state, name, clock } = context
  const verdicts = new Verdicts(clock, keyspace.mostVerdicts)
  const keyOf = (id: Id): string => {
    if (context.isClosed()) throw new ClosedError()
    return keyspace.pattern.key(id)
  }
  const storeFailed = (operation: string, error: unknown): void => {
    if (signals.storeFailure.hasSubscribers)
      signals.storeFailure.publish({ state, keyspace: name, operation, error })
  }
  const isDenied = async (id: Id): Promise<boolean> => {
    const key = keyOf(id)
    let byStore = true
    try {
      if (await store.isDenied(key)) return true
    } catch (error) {
      storeFailed('isDenied', error)
      byStore = false
    }
    return isRevoked(await revocations.find([key], byStore), key)
  }
  return {
    async deny(id, until) {
      const key = keyOf(id)
      const leftMs = until instanceof Date ? until.getTime() - clock.wall() : NaN
      if (!(leftMs <= keyspace.longestMs))
        throw new InvalidValueError(
          name,
          `the end of what is denied must be a Date at most ${keyspace.longestMs} ms from now`,
        )
      if (leftMs <= -MARGIN_MS) return
      const keepMs = leftMs + MARGIN_MS
      await revocations.revoke([{ name: key, beforeUs: undefined, keepMs }])
      try {
        await store.deny(key, keepMs)
      } catch (error) {
        storeFailed('deny', error)
        await revocations.everywhere()
      }
    },
    isDenied,
    async verdict(token, verify) {
      const { id, value } = await verdicts.of(token, verify)
      if (await isDenied(id)) throw new DeniedError(name)
      return value
    },
  }
}
