/**
 * Sessions: data under an id that nobody guesses, ended by idleness, by age, or by hand.
 *
 *   create ──▶ alive ──┬─ not used for `idle`, or older than `absolute` ──▶ ended
 *     ▲         │  ▲   └─ revoke, revokeAll, or too many of one user ─────▶ ended
 *     │         │  └─ get, touch, update: used
 *     └─rotate──┘  another id; the old one is dead
 *
 * The guarantee: once `revoke`, `revokeAll` or `rotate` has resolved, no read that begins later finds what was revoked.
 * The mechanism: all sessions of a user are in one key, which its ids name, and each operation is one command on it.
 * So a rotation or a change that is under way while everything is revoked comes before it, and is revoked, or after
 * it, and finds nothing.
 *
 * The limit: it holds as long as the store keeps its data. One that lost it has everybody sign in again; one that came
 * back with older data has forgotten what was revoked since, unless that was written down in the truth (`revoking.ts`).
 */
import { ClosedError, ContendedError } from '../../core/errors.ts'
import type { KeyspaceContext } from '../../keyspace/context.ts'
import type { Revocations } from '../../revocation/revocations.ts'
import { decodeContent } from './coding.ts'
import type { SessionKeyspace } from './declare.ts'
import { isHandle, nameOf, newId, parseId } from './ids.ts'
import { namedSessions } from './named.ts'
import type { SessionStore } from './port.ts'
import { sessionReading } from './reading.ts'
import { revokingInStore, revokingInTruth } from './revoking.ts'
import type { Session as BegunSession, Sessions } from './sessions.ts'

const MOST_TRIES = 100

/** Opens declared sessions on a store. */
export function openSessions<Id extends Readonly<Record<string, string>>, Value, Session>(
  context: KeyspaceContext,
  keyspace: SessionKeyspace<Id, Value>,
  store: SessionStore,
  revocations?: Revocations<Session>,
): Sessions<Id, Value> {
  const { name: keyspaceName, random } = context
  const { pattern, bounds } = keyspace
  const revoking = revocations
    ? revokingInTruth(context, keyspace, store, revocations)
    : revokingInStore(keyspace, store)
  const reading = sessionReading(context, keyspace, revoking)
  const { keyAt, placeOf, encode, read } = reading

  const begin = async (user: Id | null, value: unknown): Promise<BegunSession<Id, Value>> => {
    const place = placeOf(user)
    const key = keyAt(place)
    const { data } = encode(user, value)
    const id = newId(place, random)
    const stamp = await revoking.stampOf(user !== null)
    const begun = await read(await store.add(key, { name: nameOf(id), data, stamp }, bounds), key)
    if (!begun) throw new TypeError(`${keyspaceName}: its schema does not accept what it has let through`)
    return { id, ...begun }
  }
  /** Where the session with this id would be; undefined for what is no id. */
  const locate = (
    id: string,
  ): { readonly key: string; readonly place: string; readonly name: string } | undefined => {
    if (context.isClosed()) throw new ClosedError()
    const parsed = parseId(id)
    return parsed && { ...parsed, key: keyAt(parsed.place) }
  }
  const find = async (id: string, isUse: boolean): Promise<Found<Id, Value> | undefined> => {
    const at = locate(id)
    const stored = at && (await store.find(at.key, at.name, bounds, isUse))
    const session = stored && (await read(stored, at.key))
    return session && 'revision' in stored
      ? { ...at, revision: stored.revision, session: { id, ...session } }
      : undefined
  }

  const end = (key: string, name: string): Promise<boolean> =>
    revoking.one(key, name, async () => (await store.remove(key, name, bounds)) !== undefined)

  return {
    named: namedSessions(keyspace, store, reading, revoking),
    create: async (user, value) => begin(user, value),
    get: async (id, { touch = true } = {}) => (await find(id, touch))?.session ?? null,
    touch: async (id) => (await find(id, true)) !== undefined,

    async update(id, change) {
      for (let tries = 0; tries < MOST_TRIES; tries++) {
        const found = await find(id, false)
        if (!found) return null
        const { key, name, revision, session } = found
        const { data, content } = encode(session.user, change(session.value))
        const replaced = await store.replace(key, name, data, revision, bounds)
        if (replaced === 'absent') return null
        if (replaced === 'replaced') return { ...session, ...content }
      }
      throw new ContendedError(`a session of ${keyspaceName}`, MOST_TRIES)
    },

    async rotate(id, { user, value } = {}) {
      const found = await find(id, false)
      if (!found) return null
      const { key, place, name, session } = found
      const isSame = user === undefined || (session.user !== null && placeOf(user) === place)
      if (isSame) {
        const encoded = value === undefined ? undefined : encode(session.user, value)
        const nextId = newId(place, random)
        const isAnew = user !== undefined
        const stored = await store.rename(key, name, nameOf(nextId), encoded?.data, bounds, isAnew)
        const renamed = stored && (await read(stored, key))
        return renamed ? { id: nextId, ...renamed } : null
      }
      // What cannot be stored is refused before the old one has ended.
      pattern.key(user)
      encode(user, value ?? session.value)
      const ended = await store.remove(key, name, bounds)
      if (!ended) return null
      // Of what was changed since it was found nothing is lost.
      const held = decodeContent(keyspace, ended.data, context.keyring)
      return begin(user, value ?? ('problem' in held ? session.value : held.value))
    },

    async revoke(id) {
      const at = locate(id)
      return at !== undefined && end(at.key, at.name)
    },

    async isRevoked(id, begunAt) {
      const at = locate(id)
      return at === undefined || revoking.isRevoked(at.key, at.name, begunAt)
    },

    async list(user) {
      const key = keyAt(placeOf(user))
      const found = await Promise.all((await store.list(key, bounds)).map((stored) => read(stored, key)))
      // A framework may make one nobody's again, and leaves it where it is.
      return found.filter((each) => each !== undefined).filter((each) => each.user !== null)
    },

    async revokeListed(user, handle) {
      const key = keyAt(placeOf(user))
      return isHandle(handle) && end(key, handle)
    },

    async revokeAll(user, { except } = {}) {
      const place = placeOf(user)
      const kept = isHandle(except) ? { place, name: except } : parseId(except)
      return revoking.all(keyAt(place), kept?.place === place ? kept.name : undefined)
    },
  }
}

/** A session and where it is. */
interface Found<Id, Value> {
  readonly key: string
  readonly place: string
  readonly name: string
  readonly revision: number
  readonly session: BegunSession<Id, Value>
}
