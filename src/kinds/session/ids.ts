/**
 * Ids of sessions. An id is 22 characters that say where the sessions of its user are, and 43 that nobody guesses (256
 * bits). So an id alone finds its key, and all sessions of a user are in one key, in one slot of a Cluster. The place
 * of a user is a digest of who it is; of nobody's session it is random.
 *
 * The store knows a session by the digest of its id: whoever reads the store cannot be anybody.
 */
import { createHash } from 'node:crypto'
import type { Random } from '../../core/random.ts'

const PLACE_LENGTH = 22
const ID = /^[A-Za-z0-9_-]{65}$/
const HANDLE = /^[A-Za-z0-9_-]{43}$/

/** Where the sessions of the user with this key are. */
export function placeOfUser(userKey: string): string {
  return digest(userKey).slice(0, PLACE_LENGTH)
}

/** Where a session of nobody is. */
export function placeOfNobody(random: Random): string {
  return random.secret().slice(0, PLACE_LENGTH)
}

/** A new id. */
export function newId(place: string, random: Random): string {
  return place + random.secret()
}

/** Where a session is, and what the store calls it; undefined for what is no id. */
export function parseId(id: unknown): { readonly place: string; readonly name: string } | undefined {
  if (typeof id !== 'string' || !ID.test(id)) return undefined
  return { place: id.slice(0, PLACE_LENGTH), name: nameOf(id) }
}

/** What the store calls the session with this id. */
export function nameOf(id: string): string {
  return digest(id)
}

/** Whether `name` may be what the store calls a session. */
export function isHandle(name: unknown): name is string {
  return typeof name === 'string' && HANDLE.test(name)
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64url')
}
