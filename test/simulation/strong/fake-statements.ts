/**
 * The statements of the protocol and of the test's application, carried out by the fake PostgreSQL. One that is not
 * known is an error of the test: somebody changed the protocol, and the fake must follow.
 */
import type { Rows } from 'holdfast'
import { type FakePostgres, type GateRecord, PostgresError, type Transaction } from './fake-postgres.ts'

/** The name of the gate's table. */
export const GATE_TABLE = 'public.holdfast_gate'

/** Reads accounts. It means the same to a real PostgreSQL; so does the next one. */
export function selectAccounts(ids: readonly string[]): string {
  return `SELECT id, amount::text AS amount, version FROM account WHERE id IN (${ids.map((id) => `'${id}'`).join(', ')}) ORDER BY id`
}

/** Adds to what an account holds, and counts its version. */
export function updateAccount(id: string, by: number): string {
  return `UPDATE account SET amount = amount + (${by}), version = version + 1 WHERE id = '${id}' RETURNING version`
}

/** What a statement came to: rows; an error; or nothing yet, when it waits for a lock. */
export type Answer = (result: Rows | PostgresError) => void

/** Carries `sql` out in `transaction`, or as one of its own: with the id `xid`, if it took one before. */
export function carryOut(
  server: FakePostgres,
  transaction: Transaction | undefined,
  sql: string,
  answer: Answer,
  xid?: number,
): void {
  if (transaction?.isDoomed === true) {
    answer(
      new PostgresError(
        '25P02',
        'current transaction is aborted, commands ignored until end of transaction block',
      ),
    )
    return
  }
  const settle = (result: Rows | PostgresError): void => {
    if (result instanceof PostgresError && transaction) {
      // It has ended, and gives its locks up; only its connection has not been told yet.
      transaction.isDoomed = true
      server.abort(transaction)
    }
    answer(result)
  }
  try {
    const update =
      /^UPDATE account SET amount = amount \+ \((-?\d+)\), version = version \+ 1 WHERE id = '(\w+)'/.exec(
        sql,
      )
    if (update && transaction) {
      const by = Number(update[1])
      const change = (row: { amount: number; version: number }): { amount: number; version: number } => {
        return { amount: row.amount + by, version: row.version + 1 }
      }
      server.update(transaction, update[2] ?? '', change, (row) =>
        settle(row === undefined ? [] : row instanceof PostgresError ? row : [{ version: row.version }]),
      )
      return
    }
    settle(rowsOf(server, transaction, sql, xid))
  } catch (error) {
    if (!(error instanceof PostgresError)) throw error
    settle(error)
  }
}

function rowsOf(
  server: FakePostgres,
  transaction: Transaction | undefined,
  sql: string,
  xid: number | undefined,
): Rows {
  // Every statement takes a snapshot, also one that reads no table.
  const { gate } = server.view(transaction)
  const life = String(server.life)
  const start = `${server.start}/${server.life}`
  const accounts = /^SELECT id, amount::text AS amount, version FROM account WHERE id IN \((.*)\)/.exec(sql)
  if (accounts)
    return (accounts[1] ?? '').split(', ').flatMap((quoted) => {
      const id = quoted.slice(1, -1)
      const row = server.read(transaction, id)
      return row ? [{ id, amount: String(row.amount), version: row.version }] : []
    })
  if (sql.startsWith('SELECT pg_current_xact_id()::text AS id,')) {
    const id = transaction ? server.idOf(transaction) : server.spendId()
    return [{ id: String(id), life, isolation: transaction?.isolation ?? 'read committed' }]
  }
  if (sql === 'SELECT pg_current_xact_id()::text AS id')
    return [{ id: String(transaction ? server.idOf(transaction) : server.spendId()) }]
  const status = /^SELECT pg_xact_status\('(\d+)'::xid8\) AS status,/.exec(sql)
  if (status) return [{ status: server.statusOf(Number(status[1])), life }]
  if (sql.startsWith('SELECT pg_xact_status('))
    return [
      Object.fromEntries(
        [...sql.matchAll(/pg_xact_status\('(\d+)'::xid8\) AS (s\d+)/g)].map(([, id, name]) => [
          name,
          server.statusOf(Number(id)),
        ]),
      ),
    ]
  if (sql.startsWith('SELECT pg_snapshot_xmax(')) return [{ id: String(server.firstUnended()) }]
  if (sql.startsWith('SELECT pg_snapshot_xmin(')) return [{ oldest_running: String(server.oldestRunning()) }]
  if (sql.startsWith('SELECT state, epoch::text AS epoch, nonce, run FROM'))
    return gate ? [{ state: gate.state, epoch: String(gate.epoch), nonce: gate.nonce, run: gate.run }] : []
  if (sql.startsWith('SELECT state, epoch::text AS epoch, nonce, run, lineage'))
    return gate ? [polled(server, gate, start)] : []
  if (sql.startsWith(`UPDATE ${GATE_TABLE} SET`)) {
    const moved = moveGate(server, gate, sql, start)
    const id = xid ?? server.takeId()
    if (moved) server.setGate(moved, id)
    else server.endId(id)
    return moved ? [{ state: moved.state }] : []
  }
  if (sql.startsWith(`INSERT INTO ${GATE_TABLE}`)) return insertGate(server, gate, sql)
  if (sql.startsWith('SELECT quote_ident(nspname)')) return [{ name: GATE_TABLE }]
  if (sql.includes('FROM pg_stat_activity')) return []
  if (sql === 'SET CONSTRAINTS ALL IMMEDIATE') return []
  if (sql === 'SELECT 1') return [{ '?column?': 1 }]
  if (sql === 'SELECT 1 / 0') throw new PostgresError('22012', 'division by zero')
  throw new Error(`the fake PostgreSQL does not know the statement: ${sql}`)
}

function polled(server: FakePostgres, gate: GateRecord, start: string): Rows[number] {
  const now = server.now
  return {
    state: gate.state,
    epoch: String(gate.epoch),
    nonce: gate.nonce,
    run: gate.run,
    lineage: gate.lineage,
    held: gate.held,
    reason: gate.reason,
    closings: gate.closings,
    start: gate.start,
    start_now: start,
    standby: false,
    age: now - gate.changedMs,
    epoch_age: now - gate.epochMs,
    oldest_running: String(server.oldestRunning()),
  }
}

function insertGate(server: FakePostgres, gate: GateRecord | undefined, sql: string): Rows {
  if (gate) return []
  const [, state = '', reason = ''] = /VALUES \(E'\w+', E'(\w+)'.*, E'([^']*)', 0, false, 0\)/.exec(sql) ?? []
  if (state === '') throw new Error(`the fake PostgreSQL does not understand: ${sql}`)
  const [changedMs, epochMs] = [server.now, server.now]
  const empty = { nonce: '', run: '', lineage: '', start: '' }
  server.setGate({ state, epoch: 0, ...empty, held: false, reason, closings: 0, changedMs, epochMs })
  return []
}

/** Whether a transition would find the row of the gate as it wants it. */
export function matchesGate(server: FakePostgres, sql: string): boolean {
  return moveGate(server, server.latest.gate, sql, '') !== undefined
}

/** A transition, or a hold: SET and WHERE as `gate/transitions.ts` writes them. */
function moveGate(
  server: FakePostgres,
  gate: GateRecord | undefined,
  sql: string,
  start: string,
): GateRecord | undefined {
  const [, set = '', epoch, nonce, from] =
    /^UPDATE \S+ SET ([\s\S]*)\n\s+WHERE namespace = E'\w+'(?: AND epoch = (\d+))?(?: AND nonce = E'([^']*)')?(?: AND state = E'(\w+)')?\s+RETURNING state$/.exec(
      sql,
    ) ?? []
  if (set === '') throw new Error(`the fake PostgreSQL does not understand: ${sql}`)
  if (
    !gate ||
    (epoch !== undefined && gate.epoch !== Number(epoch)) ||
    (nonce !== undefined && gate.nonce !== nonce) ||
    (from !== undefined && gate.state !== from)
  )
    return undefined
  const now = server.now
  let moved = gate
  for (const assignment of set.split(
    /, (?=(?:state|changed_at|reason|held|closings|epoch|nonce|run|lineage|start|epoch_at) = )/,
  )) {
    const [, column = '', expression = ''] = /^(\w+) = ([\s\S]*)$/.exec(assignment) ?? []
    const text = /^E'([^']*)'$/.exec(expression)?.[1]
    switch (column) {
      case 'state':
      case 'reason':
      case 'nonce':
      case 'run':
      case 'lineage':
        if (text === undefined) throw new Error(`the fake PostgreSQL does not understand: ${assignment}`)
        moved = { ...moved, [column]: text }
        break
      case 'changed_at':
        moved = { ...moved, changedMs: now }
        break
      case 'epoch_at':
        moved = { ...moved, epochMs: now }
        break
      case 'epoch':
        moved = { ...moved, epoch: moved.epoch + 1 }
        break
      case 'start':
        moved = { ...moved, start }
        break
      case 'held':
        moved = {
          ...moved,
          held: expression.endsWith('true') || (expression.startsWith('held OR') && moved.held),
        }
        break
      case 'closings':
        moved = { ...moved, closings: now - gate.changedMs < 10_000 ? Math.min(gate.closings + 1, 10) : 0 }
        break
      default:
        throw new Error(`the fake PostgreSQL does not understand: ${assignment}`)
    }
  }
  return moved
}
