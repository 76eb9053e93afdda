import type { CollectionKeys } from '../../collection/lifetime.ts'
import type { KeepMs, RecordStore, Revised, StoredRecord } from '../../collection/port.ts'

/** Where the records of one keyspace are. */
export interface RecordBackend<Id> {
  read(ids: readonly Id[]): Promise<readonly (StoredRecord | undefined)[]>
  /** See `RecordStore.revise`. */
  revise(id: Id, expected: number | undefined, text: string | undefined): Promise<Revised>
}

/** Records in the store. */
export function storedRecords<Id extends Readonly<Record<string, string>>>(
  keys: CollectionKeys<Id>,
  records: RecordStore,
  keepMs: KeepMs,
): RecordBackend<Id> {
  return {
    read: async (ids) => records.read(ids.map((id) => keys.key(id))),
    revise: async (id, expected, text) => records.revise(keys.key(id), expected, text, keepMs),
  }
}
