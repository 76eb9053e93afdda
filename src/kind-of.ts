import type { CachedKeyspace } from './kinds/cached/declare.ts'
import type { QueryKeyspace } from './kinds/query/declare.ts'
import type { RecordKeyspace } from './kinds/record/declare.ts'
import type { StrongKeyspace } from './kinds/strong/declare.ts'
import type { Keyspace } from './keyspace/keyspace.ts'

type AnyId = Readonly<Record<string, string>>

/** Whether it is of values with a loader. */
export function isCached(keyspace: Keyspace): keyspace is CachedKeyspace<AnyId, unknown, unknown> {
  return keyspace.kind === 'cached'
}

/** Whether its values are encrypted in the store. */
export function isEncrypted(keyspace: Keyspace): boolean {
  return (keyspace as { readonly encrypted?: boolean }).encrypted === true
}

/** Whether it is of results of queries. */
export function isQuery(keyspace: Keyspace): keyspace is QueryKeyspace<unknown, unknown> {
  return keyspace.kind === 'query'
}

/** Whether it is of records that are rows of the truth. */
export function isRecordOnTruth(keyspace: Keyspace): keyspace is RecordKeyspace<AnyId, unknown, 'truth'> {
  return keyspace.kind === 'record' && (keyspace as RecordKeyspace<AnyId, unknown>).on === 'truth'
}

/** Whether it is of linearizable values over the truth. */
export function isStrong<Session>(keyspace: Keyspace): keyspace is StrongKeyspace<AnyId, unknown, Session> {
  return keyspace.kind === 'strong'
}
