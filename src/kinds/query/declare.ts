import { DeclarationError } from '../../core/errors.ts'
import type { Output, Schema } from '../../core/standard-schema.ts'
import type { Keyspace } from '../../keyspace/keyspace.ts'
import { checkSchema, checkSpec } from '../../keyspace/spec.ts'
import { tableTag } from '../../keyspace/tags.ts'
import { cached, type CachedKeyspace, type CachedSpec, type LoadManyContext } from '../cached/declare.ts'
import type { Parameter } from './parameters.ts'
import { type AnyRow, rowsOf } from './rows.ts'

/** One statement, and the values of its `$1`, `$2` … */
export interface Statement {
  readonly sql: string
  readonly params: readonly Parameter[]
}

/** Runs a statement somewhere else than on the truth. It must read only: nobody else sees to that. */
export type Execute<Deps> = (
  statement: Statement,
  deps: Deps,
  context: LoadManyContext,
) => Promise<readonly unknown[]>

/** What the keys of results are made from. */
export interface ResultId extends Readonly<Record<string, string>> {
  /** The names of the tables, in order, or `-`. */
  readonly tables: string
  /** The fingerprint of statement and parameters. */
  readonly query: string
}

/** The options that results share with other cached values. */
type SharedOptions = Pick<
  CachedSpec<string, Schema, unknown>,
  | 'jitter'
  | 'staleWhileRevalidate'
  | 'staleIfError'
  | 'l1'
  | 'onStoreDown'
  | 'codec'
  | 'compress'
  | 'maxValueBytes'
  | 'expect'
>

/** The declaration of cached results of queries. */
export interface QueriesSpec<S extends Schema> extends SharedOptions {
  /** What the keys begin with: literals such as `report`, without parameters. */
  readonly key: string
  /** What these queries are, and what reads them. */
  readonly about: string
  /** What one row is. Any synchronous Standard Schema; without one rows are whatever the driver gives. */
  readonly row?: S
  /** How long a result counts as fresh. Default 5 minutes. */
  readonly ttl?: CachedSpec<string, Schema, unknown>['ttl']
  /** The longest that a query may take. Default 10 s. */
  readonly timeout?: CachedSpec<string, Schema, unknown>['loadTimeout']
  /** Count up when the schema of rows changes. Default 1. */
  readonly version?: number
}

/** Declared results of queries. `open` makes `Queries` of it. */
export interface QueryKeyspace<Row, Deps, On extends 'truth' | 'own' = 'truth' | 'own'> extends Keyspace {
  readonly kind: 'query'
  /** Where the statements run: on the truth given to `open`, or where the declaration says. */
  readonly on: On
  readonly results: CachedKeyspace<ResultId, readonly Row[], Deps>
  readonly execute: Execute<Deps> | undefined
}

const FIELDS: Readonly<Record<keyof QueriesSpec<Schema> | 'execute', true>> = {
  key: true,
  about: true,
  row: true,
  ttl: true,
  jitter: true,
  staleWhileRevalidate: true,
  staleIfError: true,
  l1: true,
  onStoreDown: true,
  timeout: true,
  codec: true,
  compress: true,
  maxValueBytes: true,
  version: true,
  expect: true,
  execute: true,
}
const DEFAULT_TTL = '5m'

type RowOf<S extends Schema> = Schema extends S ? AnyRow : Output<S>

/**
 * Declares a cache of the results of SQL queries, which runs them on the truth given to `open`, in transactions that
 * are read only.
 *
 * @throws DeclarationError naming the field that is wrong.
 */
export function queries<S extends Schema = Schema>(
  spec: QueriesSpec<S> & { readonly execute?: never },
): QueryKeyspace<RowOf<S>, unknown, 'truth'>
/** The same, for queries that run by `execute`: on a read replica, or on another database. */
export function queries<S extends Schema = Schema, Deps = unknown>(
  spec: QueriesSpec<S> & { readonly execute: Execute<Deps> },
): QueryKeyspace<RowOf<S>, Deps, 'own'>
/** Either. */
export function queries<S extends Schema, Deps>(
  spec: QueriesSpec<S> & { readonly execute?: Execute<Deps> },
): QueryKeyspace<RowOf<S>, Deps> {
  checkSpec('queries', spec, FIELDS)
  const { key, row, ttl = DEFAULT_TTL, timeout, execute, ...shared } = spec
  const field = (name: string): string => `queries('${key}').${name}`
  if (key.includes('{')) throw new DeclarationError(field('key'), 'has parameters; write literals alone')
  if (row !== undefined) checkSchema(field('row'), row)
  if (execute !== undefined && typeof execute !== 'function')
    throw new DeclarationError(field('execute'), `is no function but a ${typeof execute}`)
  const results = cached({
    ...shared,
    key: `${key}:{tables}:{query}`,
    value: rowsOf(row as Schema<unknown, RowOf<S>> | undefined),
    ttl,
    ...(timeout !== undefined && { loadTimeout: timeout }),
    tags: ({ tables }) => (tables === NO_TABLES ? [] : tables.split(',').map(tableTag)),
  })
  return Object.freeze({
    kind: 'query',
    on: execute ? 'own' : 'truth',
    pattern: results.pattern,
    about: results.about,
    expect: results.expect,
    details: { ...results.details, loader: true },
    results,
    execute,
  })
}

/** For results that no table invalidates. */
const NO_TABLES = '-'

/** The tables of a result as they stand in its key. */
export function tablesInKey(tables: readonly string[]): string {
  return tables.length === 0 ? NO_TABLES : tables.toSorted().join(',')
}
