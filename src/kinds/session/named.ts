/**
 * Sessions whose ids somebody else makes: a web framework, before it knows whose they will be. Such an id does not say
 * where its session is, so it has a home of its own, by its digest:
 *
 *   nobody's ──▶ in its home
 *   a user's ──▶ with the user's others; at home is said where
 *   ended ─────▶ at home is said that it has, or where it was, for as long as it might have lived
 *
 * So one that has ended is not begun again by a request that was under way and saves it at its end: what is put
 * under an id that is known to be somewhere only replaces what is there.
 */
import { InvalidIdError } from '../../core/errors.ts'
import type { SessionKeyspace } from './declare.ts'
import { nameOf, placeOfUser } from './ids.ts'
import type { Forwarded, SessionStore, StoredSession } from './port.ts'
import type { SessionReading } from './reading.ts'
import type { Revoking } from './revoking.ts'
import type { NamedSessions } from './sessions.ts'

/** Places of sessions that are known here: an id is then found by one command. */
const MOST_KNOWN = 10_000
const SHORTEST_ID = 16
const LONGEST_ID = 256
/** From where it is remembered to be to its home, and from there to where it is. */
const MOST_STEPS = 3

/** Sessions of a declaration by ids of others. */
export function namedSessions<Id extends Readonly<Record<string, string>>, Value>(
  { pattern, bounds }: SessionKeyspace<Id, Value>,
  store: SessionStore,
  { keyAt, placeOf, encode, read }: SessionReading<Id, Value>,
  revoking: Revoking,
): NamedSessions<Id, Value> {
  /** By name, in the order of their use. */
  const known = new Map<string, string>()
  const learn = (name: string, place: string): void => {
    known.delete(name)
    known.set(name, place)
    const [oldest] = known.keys()
    if (known.size > MOST_KNOWN && oldest !== undefined) known.delete(oldest)
  }
  const homeOf = (id: string): { readonly name: string; readonly home: string } => {
    if (typeof id !== 'string' || id.length < SHORTEST_ID || id.length > LONGEST_ID)
      throw new InvalidIdError(
        pattern.text,
        `an id of a session has ${SHORTEST_ID} to ${LONGEST_ID} characters`,
      )
    // No key of a user holds a space.
    return { name: nameOf(id), home: placeOfUser(`${pattern.text} ${id}`) }
  }
  /** Looks where it is known to be, at home, and where that says. */
  const search = async (name: string, home: string, isUse: boolean): Promise<Searched> => {
    let place = known.get(name) ?? home
    for (let step = 0; step < MOST_STEPS; step++) {
      const stored = await store.find(keyAt(place), name, bounds, isUse)
      if (stored && 'name' in stored) {
        if (place !== home) learn(name, place)
        return { stored, place }
      }
      const next = stored?.to ?? (place !== home && known.delete(name) ? home : '')
      if (next === '') return { stored, place }
      if (next !== home) learn(name, next)
      place = next
    }
    return { stored: undefined, place }
  }

  /** Has home say that it is with its user's others, and adds it there: undefined, or where it is instead. */
  const settle = async (
    home: string,
    wanted: string,
    session: Pick<StoredSession, 'name' | 'data'>,
    from: string | undefined,
  ): Promise<Forwarded | undefined> => {
    const { name } = session
    const stood = await store.forward(keyAt(home), name, wanted, from, bounds)
    if (stood && 'to' in stood && stood.to !== from) return stood
    await store.add(keyAt(wanted), { ...session, stamp: await revoking.stampOf(true) }, bounds)
    // Somebody may have ended it in between, and found nothing there yet.
    const says = await store.find(keyAt(home), name, bounds, false)
    if (says && 'to' in says && says.to === wanted) {
      learn(name, wanted)
      return undefined
    }
    await store.remove(keyAt(wanted), name, bounds)
    return { to: '' }
  }

  return {
    async get(id) {
      const { name, home } = homeOf(id)
      const { stored, place } = await search(name, home, true)
      return (await read(stored, keyAt(place))) ?? null
    },

    async put(id, user, value) {
      const { name, home } = homeOf(id)
      const session = { name, data: encode(user, value).data }
      const wanted = user === null ? undefined : placeOf(user)
      const replace = async (place: string): Promise<boolean> =>
        (await store.replace(keyAt(place), name, session.data, undefined, bounds)) === 'replaced'
      /** It is not at home. False: not at `place` either. */
      const putAt = async (place: string): Promise<boolean> => {
        if (wanted === undefined || wanted === place) return replace(place)
        // Somebody else's from now on.
        if (!(await store.remove(keyAt(place), name, bounds))) return false
        return (await settle(home, wanted, session, place)) === undefined
      }
      const putAtHome = async (): Promise<Forwarded | undefined> => {
        if (wanted !== undefined) return settle(home, wanted, session, undefined)
        if (await replace(home)) return undefined
        const added = await store.add(
          keyAt(home),
          { ...session, stamp: await revoking.stampOf(false) },
          bounds,
        )
        return 'to' in added ? added : undefined
      }
      const remembered = known.get(name)
      if (remembered !== undefined && (await putAt(remembered))) return true
      known.delete(name)
      const elsewhere = await putAtHome()
      if (!elsewhere) return true
      if (elsewhere.to === '' || !(await putAt(elsewhere.to))) return false
      learn(name, known.get(name) ?? elsewhere.to)
      return true
    },

    async revoke(id) {
      const { name, home } = homeOf(id)
      known.delete(name)
      return revoking.one(keyAt(home), name, async () => {
        const stood = await store.forward(keyAt(home), name, '', undefined, bounds)
        if (!stood || 'name' in stood) return stood !== undefined
        return stood.to !== '' && (await store.remove(keyAt(stood.to), name, bounds)) !== undefined
      })
    },
  }
}

interface Searched {
  readonly stored: StoredSession | Forwarded | undefined
  readonly place: string
}
