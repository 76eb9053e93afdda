import type { EncodedValue } from '../entry/values.ts'

/** What a write needs of a keyspace whose keys it changes. */
export interface WriteTarget<Session> {
  /** `fence`: strong, guarded by the fence protocol. `delete`: cached, deleted after the commit. */
  readonly how: 'fence' | 'delete'
  /** The value as the transaction sees it; only of keyspaces that allow `put`. */
  readonly valueInside?: (
    tx: Session,
    id: Readonly<Record<string, string>>,
  ) => Promise<{ readonly value: EncodedValue; readonly keepMs: number }>
  /** For `delete`: removes it from the store and the memory of this process. */
  readonly remove?: (ids: readonly Readonly<Record<string, string>>[]) => Promise<unknown>
}
