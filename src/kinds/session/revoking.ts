/**
 * Ending sessions before their time. By the store alone that is a command. With the truth it is written down there
 * first, so that a store which comes back with older data revives nothing: a session by its name, and all of a user by
 * their key, up to a moment on the clock of the truth, which every session of a user was stamped with when it began.
 */
import { DeclarationError } from '../../core/errors.ts'
import { signals } from '../../core/signals.ts'
import type { KeyspaceContext } from '../../keyspace/context.ts'
import { isRevoked, type Revocations } from '../../revocation/revocations.ts'
import type { SessionKeyspace } from './declare.ts'
import type { SessionStore, StoredSession } from './port.ts'

/** How sessions of a declaration are ended, and whether they were. */
export interface Revoking {
  /** The stamp of a session that begins now: of a user, or of nobody. */
  stampOf(isOfUser: boolean): Promise<string>
  /** Whether a session that the store has was not revoked. */
  stands(stored: StoredSession, key: string): boolean | Promise<boolean>
  /** Ends one, by `end` in the store. Whether it was there, as far as that is known. */
  one(key: string, name: string, end: () => Promise<boolean>): Promise<boolean>
  /** Whether one that began then was revoked, without the store. @throws DeclarationError, without a truth */
  isRevoked(key: string, name: string, begunAt: Date): Promise<boolean>
  /** Ends all of a user but the one named `kept`. How many the store says that were. */
  all(key: string, kept: string | undefined): Promise<number>
}

const NO_STAMP = '0'
/** Clocks of the store and the truth run differently. */
const MARGIN_MS = 60_000

/** By the store alone. */
export function revokingInStore<Id, Value>(
  { pattern, bounds }: SessionKeyspace<Id, Value>,
  store: SessionStore,
): Revoking {
  return {
    stampOf: async () => NO_STAMP,
    stands: () => true,
    one: (_key, _name, end) => end(),
    async isRevoked() {
      throw new DeclarationError(
        `session('${pattern.text}').revocations`,
        "is 'store', which alone knows what was revoked; declare 'truth'",
      )
    },
    all: (key, kept) => store.removeAll(key, kept, undefined, bounds),
  }
}

/** For good. Each method may reject with RevocationUnknownError. */
export function revokingInTruth<Id, Value, Session>(
  { state, name: keyspaceName }: KeyspaceContext,
  { pattern, bounds }: SessionKeyspace<Id, Value>,
  store: SessionStore,
  revocations: Revocations<Session>,
): Revoking {
  const keepMs = bounds.absoluteMs + MARGIN_MS
  // No key holds a space.
  const rowOf = (name: string): string => `${pattern.text} ${name}`
  /** What the store does of it, or undefined once everybody knows without the store. */
  const inStore = async <Result>(
    operation: string,
    work: () => Promise<Result>,
  ): Promise<Result | undefined> => {
    try {
      return await work()
    } catch (error) {
      if (signals.storeFailure.hasSubscribers)
        signals.storeFailure.publish({ state, keyspace: keyspaceName, operation, error })
      return undefined
    }
  }
  return {
    stampOf: async (isOfUser) => (isOfUser ? String(await revocations.now()) : NO_STAMP),
    stands({ name, stamp }, key) {
      const row = rowOf(name)
      const judge = (revoked: Parameters<typeof isRevoked>[0]): boolean =>
        !isRevoked(revoked, row) && !isRevoked(revoked, key, BigInt(stamp))
      const revoked = revocations.find([row, key], true)
      return revoked instanceof Promise ? revoked.then(judge) : judge(revoked)
    },
    async one(key, name, end) {
      const there = await inStore('revoke', async () => ({
        stored: await store.find(key, name, bounds, false),
      }))
      // Ids that never were, or ended before, must not fill the table.
      if (there && (!there.stored || ('to' in there.stored && there.stored.to === ''))) return false
      await revocations.revoke([{ name: rowOf(name), beforeUs: undefined, keepMs }])
      const ended = await inStore('revoke', end)
      if (ended === undefined) await revocations.everywhere()
      return ended ?? true
    },
    async isRevoked(key, name, begunAt) {
      const row = rowOf(name)
      const revoked = await revocations.find([row, key], false)
      const sinceMs = begunAt.getTime() - MARGIN_MS
      return isRevoked(revoked, row) || isRevoked(revoked, key, BigInt(Math.floor(sinceMs)) * 1_000n)
    },
    async all(key, kept) {
      const nowUs = await revocations.now()
      if (kept !== undefined)
        await inStore('revokeAll', () => store.restamp(key, kept, String(nowUs + 1n), bounds))
      await revocations.revoke([{ name: key, beforeUs: nowUs, keepMs }])
      const ended = await inStore('revokeAll', () => store.removeAll(key, kept, String(nowUs), bounds))
      if (ended === undefined) await revocations.everywhere()
      return ended ?? 0
    },
  }
}
