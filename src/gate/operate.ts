/**
 * The gate by hand, as `holdfast gate` does it: PostgreSQL is all that it needs. Processes that have the keyspaces
 * open notice within a poll, and do the opening: they know the store.
 */
import { type Clock, sleep, systemClock } from '../core/clock.ts'
import { GateError } from '../core/errors.ts'
import type { Truth } from '../truth.ts'
import { type Blocker, describeBlocker, findBlockers } from './blockers.ts'
import { NO_LEASE_LEFT_MS } from './lease.ts'
import { boundaryNow } from './older-transactions.ts'
import { type GateState, type PolledRow, pollStatement, readPolledRow } from './row.ts'
import { findGateTable } from './table.ts'
import { abandonOpening, beginClosing, finishClosing, type GatePlace, hold } from './transitions.ts'

/** Which gate, and how long to wait for it. */
export interface OperateOptions {
  /** The namespace of the store. Default `holdfast`. */
  readonly namespace?: string
  /** The longest to wait for it to be closed, or open. Default 30 s. */
  readonly timeoutMs?: number
  /** Replaced in tests. */
  readonly clock?: Clock
}

/** The gate as PostgreSQL has it. */
export interface GateStatus {
  readonly state: GateState
  readonly epoch: string
  /** It was closed by hand, and stays closed until it is opened by hand. */
  readonly isHeld: boolean
  /** Why it is not open, or was closed last. */
  readonly reason: string
  /** How long it has been in this state. */
  readonly ageMs: number
  /** The run_id of the Redis that this epoch trusts. */
  readonly run: string
  /** While it opens: transactions that may be from before, and keep it from opening. */
  readonly blockers: readonly Blocker[]
}

const LOOK_AGAIN_MS = 100

/** How the gate stands. @throws GateError when there is none; what the database throws */
export async function gateStatus<Session>(
  truth: Truth<Session>,
  options: OperateOptions = {},
): Promise<GateStatus> {
  const row = await rowOf(await placeOf(truth, options))
  const { state, epoch, isHeld, reason, ageMs, run } = row
  const blockers = state === 'opening' ? await findBlockers(truth, await boundaryNow(truth)) : []
  return { state, epoch: String(epoch), isHeld, reason, ageMs, run, blockers }
}

/**
 * Closes the gate, and keeps it closed until `openGate`: strong reads go to PostgreSQL, writes do without fences. For
 * work on Redis, and for jobs that change more keys than a write may. Resolves when it is closed, about 2 s later:
 * what is done to Redis, or written, from then on is seen by every reader.
 *
 * @throws GateError when there is none, or it cannot be closed in time; what the database throws
 */
export async function closeGate<Session>(
  truth: Truth<Session>,
  reason: string,
  options: OperateOptions = {},
): Promise<GateStatus> {
  const place = await placeOf(truth, options)
  let closing: { readonly nonce: string; readonly sinceMs: number } | undefined
  return until(truth, place, options, 'closed', async (row, clock) => {
    const { nonce, state } = row
    if (state === 'open') await beginClosing(place, row, reason, true)
    else if (state === 'opening') await abandonOpening(place, row, reason, true)
    else if (!row.isHeld) await hold(place, row, true, reason)
    else if (state === 'closed') return true
    if (state !== 'closing') return false
    // As every process does it: from when the closing was seen.
    if (closing?.nonce !== nonce) closing = { nonce, sinceMs: clock.now() }
    if (clock.now() - closing.sinceMs >= NO_LEASE_LEFT_MS) await finishClosing(place, row)
    return false
  })
}

/**
 * Lets the gate open again: any process that has the keyspaces open does it, once all transactions that may have
 * skipped the fence have ended. Resolves when it is open.
 *
 * @throws GateError when there is none, or it does not open in time: it says who is in the way, and opens later all
 * the same; what the database throws
 */
export async function openGate<Session>(
  truth: Truth<Session>,
  options: OperateOptions = {},
): Promise<GateStatus> {
  const place = await placeOf(truth, options)
  return until(truth, place, options, 'open', async (row) => {
    if (row.isHeld) await hold(place, row, false)
    return row.state === 'open' && !row.isHeld
  })
}

async function until<Session>(
  truth: Truth<Session>,
  place: GatePlace<Session>,
  options: OperateOptions,
  wanted: GateState,
  step: (row: PolledRow, clock: Clock) => Promise<boolean>,
): Promise<GateStatus> {
  const { clock = systemClock, timeoutMs = 30_000 } = options
  const giveUpMs = clock.now() + timeoutMs
  for (;;) {
    if (await step(await rowOf(place), clock)) return gateStatus(truth, options)
    if (clock.now() >= giveUpMs) break
    await sleep(clock, LOOK_AGAIN_MS)
  }
  const { state, reason, blockers } = await gateStatus(truth, options)
  const inTheWay = blockers.map((blocker) => `; in the way: ${describeBlocker(blocker)}`).join('')
  const nobody = state === 'closed' ? '; no process that has strong keyspaces open did it' : ''
  throw new GateError(
    `the gate is ${state}, and not ${wanted} within ${timeoutMs} ms (${reason})${inTheWay}${nobody}`,
  )
}

async function placeOf<Session>(
  truth: Truth<Session>,
  { namespace = 'holdfast' }: OperateOptions,
): Promise<GatePlace<Session>> {
  const table = await findGateTable(truth)
  if (table !== undefined) return { truth, table, namespace }
  throw new GateError(
    'this database has no table holdfast_gate: no process has opened strong keyspaces on it',
  )
}

async function rowOf<Session>({ truth, table, namespace }: GatePlace<Session>): Promise<PolledRow> {
  const [row] = await truth.query(truth.session, pollStatement(table, namespace))
  if (row) return readPolledRow(row)
  throw new GateError(`holdfast_gate has no row of the namespace '${namespace}': give the one of the store`)
}
