/**
 * The transitions of the gate, each a compare-and-set on epoch, nonce and state in a statement of its own: of many who
 * try, one succeeds, and who was late changes nothing. The nonce, because a PostgreSQL that was restored counts to the
 * same epoch again.
 */
import { SERVER_START } from '../fence/transaction-status.ts'
import { sqlText, type Truth } from '../truth.ts'
import type { GateRow, GateState } from './row.ts'

/** One gate: the row of a namespace. */
export interface GatePlace<Session> {
  readonly truth: Truth<Session>
  /** The table's qualified name, as SQL. */
  readonly table: string
  readonly namespace: string
}

/** One epoch, of one history of PostgreSQL. */
export type Epoch = Pick<GateRow, 'epoch' | 'nonce'>

/** An epoch and the state in which it must still be. */
export type Expected = Pick<GateRow, 'epoch' | 'nonce' | 'state'>

/** What an epoch begins with. */
export interface Beginning {
  readonly nonce: string
  readonly run: string
  readonly lineage: string
}

/** A gate that was open for less than this, and is closed again, is opened more slowly each time. */
const SHORT_LIVED = "interval '10 seconds'"
const MOST_CLOSINGS = 10

/** open ──▶ closing. Whether it was this call that did it; so with all the others. */
export function beginClosing<Session>(
  place: GatePlace<Session>,
  epoch: Epoch,
  reason: string,
  isHeld: boolean,
): Promise<boolean> {
  return change(place, { ...epoch, state: 'open' }, 'closing', [
    `reason = ${sqlText(reason)}`,
    `held = held OR ${isHeld}`,
    `closings = CASE WHEN clock_timestamp() - changed_at < ${SHORT_LIVED}
       THEN least(closings + 1, ${MOST_CLOSINGS}) ELSE 0 END`,
  ])
}

/** closing ──▶ closed. To be called only when no lease can be left. */
export function finishClosing<Session>(place: GatePlace<Session>, epoch: Epoch): Promise<boolean> {
  return change(place, { ...epoch, state: 'closing' }, 'closed', [])
}

/** closed ──▶ opening, as the next epoch. */
export function beginOpening<Session>(
  place: GatePlace<Session>,
  epoch: Epoch,
  { nonce, run, lineage }: Beginning,
): Promise<boolean> {
  return change(place, { ...epoch, state: 'closed' }, 'opening', [
    'epoch = epoch + 1',
    `nonce = ${sqlText(nonce)}`,
    `run = ${sqlText(run)}`,
    `lineage = ${sqlText(lineage)}`,
    `start = ${SERVER_START}`,
    'epoch_at = clock_timestamp()',
  ])
}

/** opening ──▶ open. To be called only when all that may have skipped the fence have ended. */
export function finishOpening<Session>(place: GatePlace<Session>, epoch: Epoch): Promise<boolean> {
  return change(place, { ...epoch, state: 'opening' }, 'open', [])
}

/** opening ──▶ closed: nobody has a lease yet. */
export function abandonOpening<Session>(
  place: GatePlace<Session>,
  epoch: Epoch,
  reason: string,
  isHeld: boolean,
): Promise<boolean> {
  return change(place, { ...epoch, state: 'opening' }, 'closed', [
    `reason = ${sqlText(reason)}`,
    `held = held OR ${isHeld}`,
  ])
}

/** Says whether a gate that is not open may be opened by whoever can. */
export function hold<Session>(
  place: GatePlace<Session>,
  expected: Expected,
  isHeld: boolean,
  reason?: string,
): Promise<boolean> {
  const why = reason === undefined ? [] : [`reason = ${sqlText(reason)}`]
  return set(place, expected, [`held = ${isHeld}`, ...why])
}

function change<Session>(
  place: GatePlace<Session>,
  from: Expected,
  to: GateState,
  columns: readonly string[],
): Promise<boolean> {
  return set(place, from, [`state = ${sqlText(to)}`, 'changed_at = clock_timestamp()', ...columns])
}

async function set<Session>(
  { truth, table, namespace }: GatePlace<Session>,
  { epoch, nonce, state }: Expected,
  columns: readonly string[],
): Promise<boolean> {
  const rows = await truth.query(
    truth.session,
    `UPDATE ${table} SET ${columns.join(', ')}
     WHERE namespace = ${sqlText(namespace)} AND epoch = ${epoch} AND nonce = ${sqlText(nonce)} AND state = ${sqlText(state)}
     RETURNING state`,
  )
  return rows.length > 0
}
