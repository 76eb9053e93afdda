import { ClosedError } from '../../core/errors.ts'
import { signals } from '../../core/signals.ts'
import type { KeyspaceContext } from '../../keyspace/context.ts'
import { decodeContent, encodeContent, type SessionContent } from './coding.ts'
import type { SessionKeyspace } from './declare.ts'
import { placeOfNobody, placeOfUser } from './ids.ts'
import type { Forwarded, StoredSession } from './port.ts'
import type { Revoking } from './revoking.ts'
import type { SessionView } from './sessions.ts'

/** Between the sessions of a declaration and what the store keeps of them. */
export interface SessionReading<Id, Value> {
  /** The key of a place. @throws ClosedError */
  keyAt(place: string): string
  /** Where the sessions of a user are. @throws InvalidIdError */
  placeOf(user: Id | null): string
  /** @throws InvalidValueError, ValueTooLargeError */
  encode(
    user: Id | null,
    value: unknown,
  ): { readonly data: string; readonly content: SessionContent<Id, Value> }
  /**
   * What a stored session is; undefined for none, for one that was revoked, and for one that cannot be read, which is
   * signalled.
   */
  read(
    stored: StoredSession | Forwarded | undefined,
    key: string,
  ): Promise<SessionView<Id, Value> | undefined>
}

/** Makes it, for one declaration in use. */
export function sessionReading<Id extends Readonly<Record<string, string>>, Value>(
  context: KeyspaceContext,
  keyspace: SessionKeyspace<Id, Value>,
  { stands }: Pick<Revoking, 'stands'>,
): SessionReading<Id, Value> {
  const { state, name, clock, random } = context
  const { pattern, bounds } = keyspace
  /** Only what the pattern asks for: callers may pass whole objects. */
  const userOf = (user: Id | null): Id | null =>
    user && (Object.fromEntries(pattern.parameters.map((each) => [each, user[each]])) as Id)
  const view = (stored: StoredSession, content: SessionContent<Id, Value>): SessionView<Id, Value> => {
    const { bornMs, seenMs, nowMs } = stored
    const endsMs = Math.min(seenMs + bounds.idleMs, bornMs + bounds.absoluteMs)
    const dateOf = (ms: number): Date => new Date(Math.round(clock.wall() - nowMs + ms))
    return {
      handle: stored.name,
      ...content,
      createdAt: dateOf(bornMs),
      lastUsedAt: dateOf(seenMs),
      expiresAt: dateOf(endsMs),
    }
  }
  return {
    keyAt(place) {
      if (context.isClosed()) throw new ClosedError()
      return pattern.key(Object.fromEntries(pattern.parameters.map((parameter) => [parameter, place])))
    },
    placeOf: (user) => (user === null ? placeOfNobody(random) : placeOfUser(pattern.key(user))),
    encode: (user, value) => encodeContent(name, keyspace, userOf(user), value, context.keyring),
    async read(stored, key) {
      if (!stored || 'to' in stored || !(await stands(stored, key))) return undefined
      const content = decodeContent(keyspace, stored.data, context.keyring)
      if (!('problem' in content)) return view(stored, content)
      const { problem } = content
      if (signals.badEntry.hasSubscribers) signals.badEntry.publish({ state, keyspace: name, key, problem })
      return undefined
    },
  }
}
