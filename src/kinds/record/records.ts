import { checkMany } from '../../collection/members.ts'
import type { StoredRecord } from '../../collection/port.ts'
import {
  ContendedError,
  DeclarationError,
  InvalidValueError,
  VersionConflictError,
} from '../../core/errors.ts'
import type { Immutable } from '../../core/immutable.ts'
import type { KeyspaceContext } from '../../keyspace/context.ts'
import type { RecordBackend } from './backend.ts'
import type { RecordKeyspace } from './declare.ts'
import { Documents } from './document.ts'
import { type FieldChanges, isFields } from './paths.ts'

/** A record, and which one. */
export interface Recorded<Value> {
  readonly value: Immutable<Value>
  /** Grows with each change, also after the record was reset. 0: nothing is set, all of it is defaults. */
  readonly version: number
}

/** How a record is changed. */
export interface ChangeOptions {
  /** Only if it still has this version; 0: if nothing is set. */
  readonly ifVersion?: number
}

/**
 * Records in use. A field that was never set is as the defaults say.
 *
 * Every method may reject with InvalidIdError, ClosedError and the store's errors; and with InvalidValueError when what
 * is stored does not fit the schema any more: then `replace` and `reset` help, or an `update` that mends it. A change that got StoreTimeoutError may have
 * happened.
 */
export interface Records<Id, Value> {
  get(id: Id): Promise<Immutable<Value>>
  /** The same with its version, for `ifVersion`. */
  read(id: Id): Promise<Recorded<Value>>
  /** Up to 1,000 records, in the order of their ids, in one round trip. @throws DeclarationError for more */
  getMany(ids: readonly Id[]): Promise<readonly Immutable<Value>[]>
  /**
   * Changes fields, all or none, and keeps what others change in other fields meanwhile. `changes` names fields by
   * their path, as in `{ 'alerts.email': true }`; undefined is what the defaults say. Or it makes such changes of the
   * present value: it may be called again, so it must do nothing else. What the record is then.
   *
   * @throws InvalidValueError for an unknown field, and when the record as a whole would not fit its schema;
   * ValueTooLargeError; VersionConflictError; ContendedError when others changed it a hundred times in a row meanwhile.
   * Nothing is changed.
   */
  update(
    id: Id,
    changes: FieldChanges<Value> | ((value: Immutable<Value>) => FieldChanges<Value>),
    options?: ChangeOptions,
  ): Promise<Recorded<Value>>
  /** Sets all fields that `value` has. Fails as `update` does. */
  replace(id: Id, value: Value, options?: ChangeOptions): Promise<Recorded<Value>>
  /** Forgets all that was set. What the record is then: its defaults. @throws VersionConflictError */
  reset(id: Id, options?: ChangeOptions): Promise<Recorded<Value>>
}

const MOST_TRIES = 100

/** Opens a declared family of records. */
export function openRecords<Id extends Readonly<Record<string, string>>, Value>(
  context: KeyspaceContext,
  keyspace: RecordKeyspace<Id, Value>,
  backend: RecordBackend<Id>,
): Records<Id, Value> {
  const { name } = context
  const documents = new Documents<Value>(name, keyspace)
  const find = async (id: Id): Promise<StoredRecord | undefined> => (await backend.read([id]))[0]
  const recorded = (stored: StoredRecord | undefined): Recorded<Value> => {
    return { value: documents.valueOf(stored?.text), version: stored?.version ?? 0 }
  }
  const conflict = (id: Id, expected = 0, present?: StoredRecord): VersionConflictError =>
    new VersionConflictError(keyspace.pattern.key(id), expected, present?.version ?? 0)

  return {
    get: async (id) => recorded(await find(id)).value,
    read: async (id) => recorded(await find(id)),
    async getMany(ids) {
      checkMany(`${name}.getMany`, ids)
      return (await backend.read(ids)).map((stored) => recorded(stored).value)
    },
    async update(id, asked, options = {}) {
      const ifVersion = versionOf(name, options)
      let stored = await find(id)
      for (let tries = 0; tries < MOST_TRIES; tries++) {
        const version = stored?.version ?? 0
        if (ifVersion !== undefined && version !== ifVersion) throw conflict(id, ifVersion, stored)
        const changes: unknown = typeof asked === 'function' ? asked(documents.valueOf(stored?.text)) : asked
        if (!isFields(changes)) throw new InvalidValueError(name, 'changes are an object of paths to fields')
        if (Object.keys(changes).length === 0) return recorded(stored)
        const each = Object.entries(changes).map(([path, value]) => ({ path: path.split('.'), value }))
        const text = documents.textOf(documents.changed(documents.fieldsOf(stored?.text), each))
        // As the next reader reads it: what would not come back is refused before it is stored.
        const value = documents.valueOf(text)
        const revised = await backend.revise(id, version, text)
        if ('version' in revised) return { value, version: revised.version }
        stored = revised.present
      }
      throw new ContendedError(keyspace.pattern.key(id), MOST_TRIES)
    },
    async replace(id, value, options = {}) {
      const expected = versionOf(name, options)
      if (!isFields(value)) throw new InvalidValueError(name, 'a record is an object of fields')
      const each = Object.entries(value).map(([field, given]) => ({ path: [field], value: given }))
      const text = documents.textOf(documents.changed({}, each))
      const read = documents.valueOf(text)
      const revised = await backend.revise(id, expected, text)
      if ('version' in revised) return { value: read, version: revised.version }
      throw conflict(id, expected, revised.present)
    },
    async reset(id, options = {}) {
      const expected = versionOf(name, options)
      const revised = await backend.revise(id, expected, undefined)
      if ('version' in revised) return recorded(undefined)
      throw conflict(id, expected, revised.present)
    },
  }
}

function versionOf(name: string, { ifVersion }: ChangeOptions): number | undefined {
  if (ifVersion === undefined || (Number.isSafeInteger(ifVersion) && ifVersion >= 0)) return ifVersion
  throw new DeclarationError(`${name}.ifVersion`, `${String(ifVersion)} is no version`)
}
