import { type Choice, CollectionKeys, type WindowChoice } from '../../collection/lifetime.ts'
import { checkMany } from '../../collection/members.ts'
import type { CollectionStore } from '../../collection/port.ts'
import { InvalidValueError } from '../../core/errors.ts'
import type { KeyspaceContext } from '../../keyspace/context.ts'
import type { CounterKeyspace } from './declare.ts'

/** A counter in use. Every method may reject with InvalidIdError, ClosedError and the store's errors. */
export interface Counter<Id, Windowed extends boolean = false> {
  /**
   * Adds a whole number, 1 unless told, to the count: what it is afterwards. With windows, to the present one. After
   * StoreTimeoutError it may have been added, once.
   *
   * @throws InvalidValueError for what is no whole number, and when the count would leave 64 bits: nothing is changed
   */
  add(id: Id, amount?: bigint | number): Promise<bigint>
  /** The count; 0 for one that was never added to. @throws DeclarationError for a window that is not kept */
  get(id: Id, ...which: Choice<Windowed>): Promise<bigint>
  /** The counts of up to 1,000 ids, in their order, in one round trip. Fails as `get` does. */
  getMany(ids: readonly Id[], ...which: Choice<Windowed>): Promise<readonly bigint[]>
  /** Removes the count, so that it begins at 0. Whether there was one. Fails as `get` does. */
  clear(id: Id, ...which: Choice<Windowed>): Promise<boolean>
}

/** The count of one window. */
export interface WindowCount {
  /** When it begins: calendar time of the store, ms since 1970. */
  readonly startMs: number
  readonly count: bigint
}

/** A counter with windows in use. */
export interface WindowedCounter<Id> extends Counter<Id, true> {
  /** The last windows, the present one first: all that are kept, or `most`. Fails as `get` does. */
  windows(id: Id, most?: number): Promise<readonly WindowCount[]>
}

/** Opens a declared counter on a store. */
export function openCounter<Id extends Readonly<Record<string, string>>>(
  context: KeyspaceContext,
  keyspace: CounterKeyspace<Id, boolean>,
  store: CollectionStore,
): Counter<Id, true> | WindowedCounter<Id> {
  const { name } = context
  const { counts } = store
  const keys = new CollectionKeys<Id>(context, keyspace, store)
  const counter: Counter<Id, true> = {
    async add(id, amount = 1) {
      const key = keys.key(id)
      const count = await counts.add(key, wholeAmount(name, amount), keyspace.keepMs)
      if (count === undefined)
        throw new InvalidValueError(name, `${amount} more would leave what 64 bits can count`)
      return count
    },
    async get(id, which?: WindowChoice) {
      const [count = 0n] = await counts.read([keys.key(id, which)])
      return count
    },
    async getMany(ids, which?: WindowChoice) {
      checkMany(`${name}.getMany`, ids)
      return counts.read(ids.map((id) => keys.key(id, which)))
    },
    clear: async (id, which?: WindowChoice) => store.clear(keys.key(id, which)),
  }
  if (!keyspace.windows) return counter
  return {
    ...counter,
    async windows(id, most) {
      const kept = keys.windows(id, most)
      const found = await counts.read(kept.map(({ key }) => key))
      return kept.map(({ startMs }, index) => ({ startMs, count: found[index] ?? 0n }))
    },
  }
}

function wholeAmount(name: string, amount: unknown): bigint {
  const isWhole = typeof amount === 'bigint' || Number.isSafeInteger(amount)
  if (!isWhole)
    throw new InvalidValueError(
      name,
      `${String(amount)} is no whole number; beyond 2^53, and for money, give a bigint`,
    )
  const whole = BigInt(amount as bigint | number)
  if (BigInt.asIntN(64, whole) !== whole)
    throw new InvalidValueError(name, `${whole} takes more than 64 bits`)
  return whole
}
