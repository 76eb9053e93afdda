import { CollectionKeys } from '../../collection/lifetime.ts'
import { checkMembers, MOST_AT_ONCE } from '../../collection/members.ts'
import type { CollectionStore, SetPage } from '../../collection/port.ts'
import { CollectionFullError, DeclarationError } from '../../core/errors.ts'
import type { KeyspaceContext } from '../../keyspace/context.ts'
import { wholeNumber } from '../../keyspace/spec.ts'
import type { MembersKeyspace } from './declare.ts'

/** Which members to list. */
export interface ListOptions {
  /** The `next` of the page before. */
  readonly from?: string
  /** About how many, at most 1,000. Default 100. */
  readonly most?: number
}

/**
 * A set in use. Members are texts of 1 to 512 characters. Every method may reject with InvalidIdError, ClosedError and
 * the store's errors; those that take members with InvalidValueError, and DeclarationError for more than 1,000.
 */
export interface Members<Id> {
  /**
   * Adds one member or many, all or none: how many were new.
   *
   * @throws CollectionFullError when there would be more than the declared `max`: nothing is added
   */
  add(id: Id, members: string | readonly string[]): Promise<number>
  /** Removes one member or many: how many there were. */
  remove(id: Id, members: string | readonly string[]): Promise<number>
  has(id: Id, member: string): Promise<boolean>
  /** Which of up to 1,000 members are in the set, in their order, in one round trip. */
  hasMany(id: Id, members: readonly string[]): Promise<readonly boolean[]>
  count(id: Id): Promise<number>
  /**
   * Members, page by page, in no order: go on with `next` until it is undefined. What is in the set all the while comes
   * at least once, and may come twice; a small set comes as one page.
   *
   * @throws DeclarationError for a place that is none
   */
  list(id: Id, options?: ListOptions): Promise<SetPage>
  /** Removes the whole set. Whether there was one. */
  clear(id: Id): Promise<boolean>
}

/** Places in a set have 64 bits. */
const LAST_PLACE = 2n ** 64n - 1n

/** Opens a declared family of sets on a store. */
export function openMembers<Id extends Readonly<Record<string, string>>>(
  context: KeyspaceContext,
  keyspace: MembersKeyspace<Id>,
  store: CollectionStore,
): Members<Id> {
  const { name } = context
  const { sets } = store
  const keys = new CollectionKeys<Id>(context, keyspace, store)
  const hasMany = async (id: Id, members: readonly string[]): Promise<readonly boolean[]> => {
    const key = keys.key(id)
    const each = checkMembers(name, members)
    if (each.length === 0) return []
    const flags = await sets.has(key, each)
    if (each.length === members.length) return flags
    const present = new Set(each.filter((_, index) => flags[index]))
    return members.map((member) => present.has(member))
  }
  return {
    async add(id, members) {
      const key = keys.key(id)
      const each = checkMembers(name, asList(members))
      if (each.length === 0) return 0
      const added = await sets.include(key, each, keyspace.max, keyspace.keepMs)
      if (added === undefined) throw new CollectionFullError(key, keyspace.max)
      return added
    },
    async remove(id, members) {
      const key = keys.key(id)
      const each = checkMembers(name, asList(members))
      return each.length === 0 ? 0 : sets.exclude(key, each)
    },
    async has(id, member) {
      const [isIn = false] = await hasMany(id, [member])
      return isIn
    },
    hasMany,
    count: async (id) => sets.count(keys.key(id)),
    async list(id, { from, most = 100 } = {}) {
      const key = keys.key(id)
      if (from !== undefined && !(/^\d{1,20}$/.test(from) && BigInt(from) <= LAST_PLACE))
        throw new DeclarationError(`${name}.list.from`, `'${from}' is not the next of a page`)
      return sets.page(key, from, wholeNumber(`${name}.list.most`, most, MOST_AT_ONCE))
    },
    clear: async (id) => store.clear(keys.key(id)),
  }
}

function asList(members: string | readonly string[]): readonly string[] {
  return typeof members === 'string' ? [members] : members
}
