import { json } from '../../codec/json.ts'
import { CollectionKeys } from '../../collection/lifetime.ts'
import { checkMany, MOST_AT_ONCE } from '../../collection/members.ts'
import type { CollectionStore } from '../../collection/port.ts'
import { DeclarationError, InvalidValueError } from '../../core/errors.ts'
import { freezeDeep, type Immutable } from '../../core/immutable.ts'
import { signals } from '../../core/signals.ts'
import { sealValue, unsealValue } from '../../entry/values.ts'
import type { KeyspaceContext } from '../../keyspace/context.ts'
import { wholeNumber } from '../../keyspace/spec.ts'
import type { RecentKeyspace } from './declare.ts'

/** Which items. */
export interface LatestOptions {
  /** How many, at most 1,000. Default 100. */
  readonly most?: number
  /** After the newest so many. Default 0. What is pushed meanwhile moves the rest on. */
  readonly from?: number
}

/** A list of what came last, in use. Every method may reject with InvalidIdError, ClosedError and the store's errors. */
export interface Recent<Id, Value> {
  /**
   * Adds one item or up to 1,000, the last one the newest, and drops the oldest beyond the declared `max`: how many
   * there are then. After StoreTimeoutError they may have been added, once.
   *
   * @throws InvalidValueError, ValueTooLargeError: nothing is added. DeclarationError for more than 1,000
   */
  push(id: Id, ...items: readonly Value[]): Promise<number>
  /**
   * Items, the newest first. One that cannot be read is left out, and told on `holdfast:bad-entry`.
   *
   * @throws DeclarationError for an option that is none
   */
  latest(id: Id, options?: LatestOptions): Promise<readonly Immutable<Value>[]>
  count(id: Id): Promise<number>
  /** Removes the whole list. Whether there was one. */
  clear(id: Id): Promise<boolean>
}

/** Opens a declared family of lists on a store. */
export function openRecent<Id extends Readonly<Record<string, string>>, Value>(
  context: KeyspaceContext,
  keyspace: RecentKeyspace<Id, Value>,
  store: CollectionStore,
): Recent<Id, Value> {
  const { name, state } = context
  const { lists } = store
  const { max, keepMs } = keyspace
  const keys = new CollectionKeys<Id>(context, keyspace, store)
  /** The flag in front says how the rest is to be read. */
  const encode = (item: unknown): string => {
    if (item === null || item === undefined)
      throw new InvalidValueError(name, 'null and undefined are no items: they say that there is none')
    const { flag, payload } = sealValue(name, keyspace, item).encoded
    return flag + payload
  }
  const decode = (key: string, text: string): Immutable<Value>[] => {
    const unsealed = unsealValue<Value>(
      // Version 0 is no version: whoever pushed it may be older or newer, so it is checked.
      { schema: keyspace.schema, version: keyspace.version, codec: json },
      { flag: text.slice(0, 1), payload: text.slice(1), version: 0 },
    )
    if ('value' in unsealed && unsealed.value !== null)
      return [freezeDeep(unsealed.value) as Immutable<Value>]
    const problem = 'problem' in unsealed ? unsealed.problem : 'is null'
    if (signals.badEntry.hasSubscribers) signals.badEntry.publish({ state, keyspace: name, key, problem })
    return []
  }
  return {
    async push(id, ...items) {
      const key = keys.key(id)
      checkMany(`${name}.push`, items)
      const texts = items.map(encode)
      return texts.length === 0 ? lists.count(key) : lists.push(key, texts, max, keepMs)
    },
    async latest(id, { most = 100, from = 0 } = {}) {
      const key = keys.key(id)
      if (!Number.isInteger(from) || from < 0 || from > max)
        throw new DeclarationError(`${name}.latest.from`, `${from} is no whole number from 0 to ${max}`)
      const texts = await lists.latest(key, from, wholeNumber(`${name}.latest.most`, most, MOST_AT_ONCE))
      return texts.flatMap((text) => decode(key, text))
    },
    count: async (id) => lists.count(keys.key(id)),
    clear: async (id) => store.clear(keys.key(id)),
  }
}
