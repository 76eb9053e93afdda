import type { KeptValue } from '../fence/port.ts'

/** What a write needs of a keyspace whose keys it changes. */
export interface WriteTarget<Session> {
  /** `fence`: strong, guarded by the fence protocol. `delete`: cached, deleted after the commit. */
  readonly how: 'fence' | 'delete'
  /** The values as the transaction sees them, in the order of `ids`; only of keyspaces that allow `put`. */
  readonly valuesInside?: (
    tx: Session,
    ids: readonly Readonly<Record<string, string>>[],
  ) => Promise<readonly KeptValue[]>
  /** For `delete`: removes it from the store and the memory of this process. */
  readonly remove?: (ids: readonly Readonly<Record<string, string>>[]) => Promise<unknown>
}
