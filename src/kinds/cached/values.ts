import type { NewValue } from '../../entry/entry.ts'
import { sealValue, type SealedValue as Sealed } from '../../entry/values.ts'
import type { CachedKeyspace } from './declare.ts'

/** A value that was checked and encoded: ready to be handed out and to be stored. */
export type SealedValue<Value> = Sealed<Value, NewValue>

/**
 * Checks `value` and encodes it as an entry. null and undefined are "known absent".
 *
 * @throws InvalidValueError or ValueTooLargeError
 */
export function seal<Id, Value, Deps>(
  name: string,
  keyspace: CachedKeyspace<Id, Value, Deps>,
  given: unknown,
  { ttlMs, costMs, marks }: Pick<NewValue, 'ttlMs' | 'costMs' | 'marks'>,
): SealedValue<Value> {
  const { value, encoded } = sealValue(name, keyspace, given)
  return { value, encoded: { ...encoded, ttlMs, costMs: Math.round(costMs), marks } }
}
