import { MOST_LATITUDE, MOST_LONGITUDE } from '../../collection/geohash.ts'
import { CollectionKeys } from '../../collection/lifetime.ts'
import { checkMany, checkMember, checkMembers, MOST_AT_ONCE } from '../../collection/members.ts'
import type { CollectionStore, NearPlace, Place, Point } from '../../collection/port.ts'
import { CollectionFullError, DeclarationError, InvalidValueError } from '../../core/errors.ts'
import type { KeyspaceContext } from '../../keyspace/context.ts'
import { wholeNumber } from '../../keyspace/spec.ts'
import type { PlacesKeyspace } from './declare.ts'

/**
 * Places in use. A place is kept to 0.6 m, and a distance is that on a sphere: off by up to 0.5 % on earth. Members are
 * texts of 1 to 512 characters.
 *
 * Every method may reject with InvalidIdError, ClosedError and the store's errors; with InvalidValueError for a member
 * that is none, and for a latitude or longitude that is out of range; and with DeclarationError for an option that is
 * none, and for more than 1,000 at once.
 */
export interface Places<Id> {
  /**
   * Puts one member where it is, or many, all or none. One that is elsewhere moves.
   *
   * @throws CollectionFullError when there would be more than the declared `max`: nothing is changed
   */
  add(id: Id, places: Place | readonly Place[]): Promise<void>
  /** The members nearest to a point, at most `most`, 10 unless told, the nearest first, however far they are. */
  nearest(id: Id, centre: Point, most?: number): Promise<readonly NearPlace[]>
  /** The members no farther away than `metres`, the nearest first, at most `most`, 100 unless told. */
  within(id: Id, centre: Point, metres: number, most?: number): Promise<readonly NearPlace[]>
  /** Where members are, in their order. */
  where(id: Id, members: readonly string[]): Promise<readonly (Point | undefined)[]>
  /** Removes one member or many: how many there were. */
  remove(id: Id, members: string | readonly string[]): Promise<number>
  count(id: Id): Promise<number>
  /** Removes all of them. Whether there were any. */
  clear(id: Id): Promise<boolean>
}

/** More than half of the way around. */
const FARTHEST_METRES = 20_100_000

/** Opens a declared family of places on a store. */
export function openPlaces<Id extends Readonly<Record<string, string>>>(
  context: KeyspaceContext,
  keyspace: PlacesKeyspace<Id>,
  store: CollectionStore,
): Places<Id> {
  const { name } = context
  const { places } = store
  const { max, keepMs } = keyspace
  const keys = new CollectionKeys<Id>(context, keyspace, store)
  const near = async (key: string, centre: Point, metres: number, most: number): Promise<NearPlace[]> => {
    checkPoint(name, centre)
    const found = await places.near(key, centre, metres, wholeNumber(`${name}.most`, most, MOST_AT_ONCE))
    // To the centimetre: the places themselves are less exact.
    return found.map((place) => ({ ...place, metres: Math.round(place.metres * 100) / 100 }))
  }
  return {
    async add(id, given) {
      const key = keys.key(id)
      const all = 'member' in given ? [given] : given
      checkMany(`${name}.places`, all)
      for (const place of all) {
        checkMember(name, place.member)
        checkPoint(name, place)
      }
      if (new Set(all.map(({ member }) => member)).size < all.length)
        throw new InvalidValueError(name, 'a member has two places at once')
      if (all.length > 0 && !(await places.put(key, all, max, keepMs)))
        throw new CollectionFullError(key, max)
    },
    nearest: async (id, centre, most = 10) => near(keys.key(id), centre, FARTHEST_METRES, most),
    async within(id, centre, metres, most = 100) {
      const key = keys.key(id)
      if (!(typeof metres === 'number' && metres >= 0 && metres <= FARTHEST_METRES))
        throw new DeclarationError(
          `${name}.within.metres`,
          `${metres} is no number from 0 to ${FARTHEST_METRES}`,
        )
      return near(key, centre, metres, most)
    },
    async where(id, members) {
      const key = keys.key(id)
      checkMany(`${name}.where`, members)
      for (const member of members) checkMember(name, member)
      return members.length === 0 ? [] : places.where(key, members)
    },
    async remove(id, members) {
      const key = keys.key(id)
      const each = checkMembers(name, typeof members === 'string' ? [members] : members)
      return each.length === 0 ? 0 : places.remove(key, each)
    },
    count: async (id) => places.count(keys.key(id)),
    clear: async (id) => store.clear(keys.key(id)),
  }
}

function checkPoint(name: string, { latitude, longitude }: Point): void {
  checkDegrees(name, 'latitude', latitude, MOST_LATITUDE)
  checkDegrees(name, 'longitude', longitude, MOST_LONGITUDE)
}

function checkDegrees(name: string, which: string, degrees: unknown, most: number): void {
  if (typeof degrees === 'number' && degrees >= -most && degrees <= most) return
  throw new InvalidValueError(name, `the ${which} ${String(degrees)} is no number from -${most} to ${most}`)
}
