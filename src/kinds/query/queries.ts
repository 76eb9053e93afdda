import type { Duration } from '../../core/duration.ts'
import { DeclarationError } from '../../core/errors.ts'
import type { KeyspaceContext } from '../../keyspace/context.ts'
import { LONGEST_PARAMETER } from '../../keyspace/pattern.ts'
import { checkTables } from '../../keyspace/tags.ts'
import type { Truth } from '../../truth.ts'
import type { CachedCounts } from '../cached/counts.ts'
import type { LoadFunction } from '../cached/declare.ts'
import type { CachedReader } from '../cached/reader.ts'
import { type ResultId, type Statement, tablesInKey } from './declare.ts'
import { fingerprint, type Parameter } from './parameters.ts'
import type { ReadRow } from './rows.ts'
import { checkStatement } from './statement.ts'

/** A query whose result may be cached. */
export interface Query {
  /** One statement that reads: SELECT, WITH, VALUES, TABLE or SHOW. It counts letter by letter. */
  readonly sql: string
  /** The values of `$1`, `$2` … Their types count: `1` is not `'1'`. */
  readonly params?: readonly Parameter[]
  /** Every table that the result is made from; a change of one of them removes it. As they are invalidated. */
  readonly tables: readonly string[]
}

/** How a single query runs. */
export interface RunOptions {
  /** A hard bound on the age of the result. */
  readonly maxAge?: Duration
  /** A ttl for this result, other than the declared one. */
  readonly ttl?: Duration
  /** Does not look into the cache, but stores the result. */
  readonly skipCache?: boolean
  /** Leaves the cache alone: neither looks nor stores. Not shared with anybody. */
  readonly noCache?: boolean
}

/** Cached results of queries in use. */
export interface Queries<Row> {
  /**
   * The rows, from memory, from the store, or from the database. Loads are shared, fenced and bounded as those of
   * cached keyspaces are, and fail as they do. On the truth a statement runs in a transaction that is read only: one
   * that writes fails with LoadError.
   *
   * @throws DeclarationError for what is no statement, option or table; InvalidValueError for a parameter that no
   * statement can be given, and for rows that the schema refuses; ValueTooLargeError; what `Cached.get` does
   */
  run(query: Query, options?: RunOptions): Promise<readonly ReadRow<Row>[]>
  /** Removes all results of this keyspace, as `Cached.clear` does. */
  clear(): Promise<void>
  /** What this process counted so far. */
  counts(): CachedCounts
}

/** Opens declared results on their reader and on what runs their statements. */
export function openQueries<Row, Deps>(
  { name }: KeyspaceContext,
  reader: CachedReader<ResultId, readonly Row[], Deps>,
  execute: (statement: Statement, signal: AbortSignal) => Promise<readonly unknown[]>,
): Queries<Row> {
  return {
    async run({ sql, params = [], tables }, { maxAge, ttl, skipCache, noCache } = {}) {
      const inKey = tablesInKey(checkTables(`${name}.run.tables`, tables))
      if (inKey.length > LONGEST_PARAMETER)
        throw new DeclarationError(
          `${name}.run.tables`,
          `the names take ${inKey.length} characters, more than ${LONGEST_PARAMETER}`,
        )
      const statement = { sql: checkStatement(`${name}.run.sql`, sql), params }
      const id: ResultId = { tables: inKey, query: fingerprint(name, sql, params) }
      // It may run later than this call: what the caller changes meanwhile must not run under this fingerprint.
      const own: Statement = { ...statement, params: structuredClone(params) }
      const load: LoadFunction<ResultId, readonly Row[]> = async (_id, { signal, setTtl }) => {
        if (ttl !== undefined) setTtl(ttl)
        return (await execute(own, signal)) as readonly Row[]
      }
      const rows = noCache
        ? await reader.reloads.alone(id, load)
        : skipCache
          ? await reader.reloads.andStore(id, load)
          : await reader.wrap(load)(id, maxAge === undefined ? {} : { maxAge })
      return (rows ?? []) as readonly ReadRow<Row>[]
    },
    clear: () => reader.clear(),
    counts: () => reader.counts(),
  }
}

/** Runs statements on the truth, where they can write nothing. */
export function onTruth<Session>(
  truth: Truth<Session>,
): (statement: Statement) => Promise<readonly unknown[]> {
  return ({ sql, params }) => truth.transaction((tx) => truth.query(tx, sql, params), { readOnly: true })
}
