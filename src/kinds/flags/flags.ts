import { CollectionKeys } from '../../collection/lifetime.ts'
import { checkMany, checkMember } from '../../collection/members.ts'
import type { CollectionStore } from '../../collection/port.ts'
import { CollectionFullError } from '../../core/errors.ts'
import type { KeyspaceContext } from '../../keyspace/context.ts'
import type { FlagsKeyspace } from './declare.ts'
import { checkPercent } from './percent.ts'
import { rolloutPlace } from './rollout.ts'

/**
 * Feature flags in use. A subject is a text of 1 to 512 characters, such as the id of a user. Every method may reject
 * with InvalidIdError, ClosedError and the store's errors; those that take a subject with InvalidValueError.
 */
export interface Flags<Id> {
  /**
   * Whether the flag is on for a subject: as it was fixed for it, else when it is within the share, by `rolloutPlace` of
   * the flag's key. One round trip.
   */
  isOn(id: Id, subject: string): Promise<boolean>
  /** The same for up to 1,000 flags, in their order, in one round trip. @throws DeclarationError for more */
  areOn(ids: readonly Id[], subject: string): Promise<readonly boolean[]>
  /** The share of all subjects for which the flag is on, 0 to 100. */
  share(id: Id): Promise<number>
  /** Sets that share. Who was in a smaller one is in a greater one. @throws DeclarationError for no number from 0 to 100 */
  setShare(id: Id, percent: number): Promise<void>
  /**
   * Fixes the flag for a subject, whatever the share; undefined: for that subject the share counts again.
   *
   * @throws CollectionFullError when it is fixed for more than the declared `max`: nothing is changed
   */
  fix(id: Id, subject: string, isOn: boolean | undefined): Promise<void>
  /** Removes all that was set, so that the flag is as it was declared. Whether anything was. */
  clear(id: Id): Promise<boolean>
}

/**
 * A flag is a ranking: subjects for whom it is on have the score 1, those for whom it is off 0, and the empty name has
 * the share. So one command answers.
 */
const SHARE = ''

/** Opens a declared family of feature flags on a store. */
export function openFlags<Id extends Readonly<Record<string, string>>>(
  context: KeyspaceContext,
  keyspace: FlagsKeyspace<Id>,
  store: CollectionStore,
): Flags<Id> {
  const { name } = context
  const { rankings } = store
  const { max, keepMs, percent: declared } = keyspace
  const keys = new CollectionKeys<Id>(context, keyspace, store)
  const change = async (key: string, member: string, score: number): Promise<void> => {
    // The share has one place more, so that nobody's is missing when an operator wants to switch something off.
    const most = member === SHARE ? max + 1 : max
    const rules = { keepMs, max: most, drop: null, isExact: false }
    const outcome = await rankings.score(key, 'set', [{ member, score }], rules)
    if (outcome === 'full') throw new CollectionFullError(key, max)
  }
  const isOn = async (key: string, subject: string): Promise<boolean> => {
    const [share = declared, fixed] = await rankings.scores(key, [SHARE, subject])
    return fixed === undefined ? rolloutPlace(key, subject) < share : fixed === 1
  }
  return {
    async isOn(id, subject) {
      const key = keys.key(id)
      checkMember(name, subject)
      return isOn(key, subject)
    },
    async areOn(ids, subject) {
      checkMany(`${name}.areOn`, ids)
      const all = ids.map((id) => keys.key(id))
      checkMember(name, subject)
      return Promise.all(all.map((key) => isOn(key, subject)))
    },
    async share(id) {
      const [share = declared] = await rankings.scores(keys.key(id), [SHARE])
      return share
    },
    async setShare(id, percent) {
      const key = keys.key(id)
      await change(key, SHARE, checkPercent(`${name}.setShare`, percent))
    },
    async fix(id, subject, on) {
      const key = keys.key(id)
      checkMember(name, subject)
      if (on === undefined) await rankings.remove(key, [subject])
      else await change(key, subject, on ? 1 : 0)
    },
    clear: async (id) => store.clear(keys.key(id)),
  }
}
