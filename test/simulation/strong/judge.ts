/**
 * Says what is wrong with a run. It knows every state that PostgreSQL ever had, and when: so it can ask more than a
 * history alone allows. What a read answers must have been the state at some moment of the read.
 */
import { type Operation as Recorded, violationsOf } from '../../../prove/linearizable.ts'
import type { Committed, FakePostgres, Row } from './fake-postgres.ts'

/** What a read answered, from when to when. */
export interface Read {
  readonly by: string
  readonly startMs: number
  readonly endMs: number
  /** By account. */
  readonly rows: ReadonlyMap<string, Row | string | undefined>
}

/** A write that was acknowledged. */
export interface Write {
  readonly by: string
  readonly startMs: number
  readonly endMs: number
  /** The versions that it made. */
  readonly versions: ReadonlyMap<string, number>
}

/** The states from the one at `startMs` to the one at `endMs`. */
function statesBetween(states: readonly Committed[], startMs: number, endMs: number): readonly Committed[] {
  let from = states.length - 1
  // At the same moment both are right: the one before and the one after.
  while (from > 0 && (states[from] as Committed).timeMs >= startMs) from--
  let to = from
  while (to + 1 < states.length && (states[to + 1] as Committed).timeMs <= endMs) to++
  return states.slice(from, to + 1)
}

/** What one row is, in a word. */
export function textOfRow(row: Row | string | undefined): string {
  return row === undefined
    ? 'nothing'
    : typeof row === 'string'
      ? row
      : `${row.amount} (version ${row.version})`
}

/** What is wrong with one read, or nothing. Called when it ends. */
export function problemOfRead(
  { by, startMs, endMs, rows }: Read,
  postgres: FakePostgres,
): string | undefined {
  const possible = statesBetween(postgres.states, startMs, endMs)
  const fits = (state: Committed): boolean =>
    [...rows].every(
      ([id, row]) =>
        textOfRow(row) === (id === 'versions' ? versionsOf(state) : textOfRow(state.rows.get(id))),
    )
  if (possible.some(fits)) return undefined
  const answered = [...rows].map(([id, row]) => `${id} ${textOfRow(row)}`).join(', ')
  const was = possible.map((state) =>
    [...rows.keys()]
      .map((id) => `${id} ${id === 'versions' ? versionsOf(state) : textOfRow(state.rows.get(id))}`)
      .join(', '),
  )
  return `${by} answered ${answered}; while it ran PostgreSQL had ${[...new Set(was)].join(' | then ')}`
}

/** The derived value: all versions. */
export function versionsOf({ rows }: Pick<Committed, 'rows'>): string {
  return [...rows]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([, { version }]) => version)
    .join(' ')
}

/** What the history alone tells: without what PostgreSQL knows, as for real processes. Of runs without a restore. */
export function problemsOfHistory(reads: readonly Read[], writes: readonly Write[]): string[] {
  const history: Recorded[] = []
  const keyOf = (id: string): number => Number(id.slice(1))
  for (const { startMs, endMs, rows } of reads)
    for (const [id, row] of rows)
      if (row !== undefined && typeof row !== 'string')
        history.push({ key: keyOf(id), kind: 'read', version: row.version, start: startMs, end: endMs })
  for (const { startMs, endMs, versions } of writes)
    for (const [id, version] of versions)
      history.push({ key: keyOf(id), kind: 'write', version, start: startMs, end: endMs })
  return violationsOf(history).map(
    ({ earlier, later }) =>
      `a${later.key}: a ${later.kind} of version ${later.version} began after a ${earlier.kind} of version ${earlier.version} had ended`,
  )
}

/** Money neither comes nor goes. */
export function problemOfSum({ by, rows }: Read, accounts: number, sum: number): string | undefined {
  if (rows.size !== accounts) return undefined
  let found = 0
  for (const row of rows.values()) if (row !== undefined && typeof row !== 'string') found += row.amount
  return found === sum ? undefined : `${by}: all accounts together hold ${found}, not ${sum}`
}
