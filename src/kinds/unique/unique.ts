import { type Choice, CollectionKeys, type WindowChoice } from '../../collection/lifetime.ts'
import { checkMany, checkMembers } from '../../collection/members.ts'
import type { CollectionStore } from '../../collection/port.ts'
import { DeclarationError } from '../../core/errors.ts'
import type { KeyspaceContext } from '../../keyspace/context.ts'
import type { UniqueKeyspace } from './declare.ts'

/** A count of unique members in use. Every method may reject with InvalidIdError, ClosedError and the store's errors. */
export interface Unique<Id, Windowed extends boolean = false> {
  /**
   * Notes one member or up to 1,000: whether the count may have changed. With windows, in the present one.
   *
   * @throws InvalidValueError for a member that is no text of 1 to 512 characters
   */
  add(id: Id, members: string | readonly string[]): Promise<boolean>
  /** How many different members were noted, to 0.81 % in Redis. @throws DeclarationError for a window that is not kept */
  count(id: Id, ...which: Choice<Windowed>): Promise<number>
  /**
   * How many different members were noted under any of up to 1,000 ids, each counted once.
   *
   * @throws DeclarationError when the ids differ in the parameter that is the declared `slot`, or none is declared
   */
  union(ids: readonly Id[], ...which: Choice<Windowed>): Promise<number>
  /** Removes the count, so that it begins at 0. Whether there was one. */
  clear(id: Id, ...which: Choice<Windowed>): Promise<boolean>
}

/** A count of unique members with windows in use. */
export interface WindowedUnique<Id> extends Unique<Id, true> {
  /** How many different members were noted in the last `windows`, the present one included. Fails as `count` does. */
  last(id: Id, windows: number): Promise<number>
}

/** Opens a declared count of unique members on a store. */
export function openUnique<Id extends Readonly<Record<string, string>>>(
  context: KeyspaceContext,
  keyspace: UniqueKeyspace<Id, boolean>,
  store: CollectionStore,
): Unique<Id, true> | WindowedUnique<Id> {
  const { name } = context
  const { uniques } = store
  const keys = new CollectionKeys<Id>(context, keyspace, store)
  const unique: Unique<Id, true> = {
    async add(id, members) {
      const key = keys.key(id)
      const each = checkMembers(name, typeof members === 'string' ? [members] : members)
      return each.length > 0 && (await uniques.note(key, each, keyspace.keepMs))
    },
    count: async (id, which?: WindowChoice) => uniques.count([keys.key(id, which)]),
    async union(ids, which?: WindowChoice) {
      checkMany(`${name}.union`, ids)
      const all = ids.map((id) => keys.key(id, which))
      checkTogether(name, keyspace.pattern.slot, ids)
      return all.length === 0 ? 0 : uniques.count(all)
    },
    clear: async (id, which?: WindowChoice) => store.clear(keys.key(id, which)),
  }
  if (!keyspace.windows) return unique
  return {
    ...unique,
    last: async (id, windows) => uniques.count(keys.windows(id, windows).map(({ key }) => key)),
  }
}

/** What a Cluster could not do is refused everywhere: else it would be found out when one is introduced. */
function checkTogether(
  name: string,
  slot: string | undefined,
  ids: readonly Readonly<Record<string, string>>[],
): void {
  if (ids.length < 2) return
  if (slot === undefined)
    throw new DeclarationError(
      `${name}.union`,
      'needs keys in one slot: declare `slot`, and give ids that share it',
    )
  const [first] = ids
  if (ids.some((id) => id[slot] !== first?.[slot]))
    throw new DeclarationError(`${name}.union`, `the ids differ in {${slot}}, which is the declared slot`)
}
