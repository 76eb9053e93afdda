import { drizzle } from 'drizzle-orm/node-postgres'
import { drizzleTruth } from 'holdfast/postgres'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { pollStatement, readPolledRow, type PolledRow } from '../../src/gate/row.ts'
import { boundaryNow, oldestRunning } from '../../src/gate/older-transactions.ts'
import { insertGateRow, prepareGateTable } from '../../src/gate/table.ts'
import {
  abandonOpening,
  beginClosing,
  beginOpening,
  finishClosing,
  finishOpening,
  type GatePlace,
} from '../../src/gate/transitions.ts'
import { type FreshDatabase, freshDatabase } from '../servers/postgres.ts'

// Each step of the gate is a compare-and-set on epoch, nonce and state, and there is no other way from one to the next.

let database: FreshDatabase
let pool: pg.Pool
let place: GatePlace<unknown>
let counter = 0

beforeAll(async () => {
  database = await freshDatabase()
  pool = new pg.Pool({ connectionString: database.url, max: 5 })
})
afterAll(async () => {
  await pool.end()
  await database.drop()
})
beforeEach(async () => {
  const truth = drizzleTruth(drizzle(pool))
  const table = await prepareGateTable(truth)
  place = { truth, table, namespace: `n${counter++}` }
  await insertGateRow(truth, table, place.namespace, 'closed')
})

async function row(): Promise<PolledRow> {
  const [found] = await place.truth.query(place.truth.session, pollStatement(place.table, place.namespace))
  return readPolledRow(found ?? {})
}
/** An epoch as it was begun below. */
const at = (epoch: bigint) => ({ epoch, nonce: epoch === 0n ? '' : `nonce${epoch - 1n}` })
const beginning = (nonce: string) => ({ nonce, run: 'r', lineage: 'l' })

const steps = {
  open: (epoch: bigint) => beginOpening(place, at(epoch), beginning(`nonce${epoch}`)),
  opened: (epoch: bigint) => finishOpening(place, at(epoch)),
  close: (epoch: bigint) => beginClosing(place, at(epoch), 'why', false),
  closed: (epoch: bigint) => finishClosing(place, at(epoch)),
  abandon: (epoch: bigint) => abandonOpening(place, at(epoch), 'why', false),
}
const from = {
  closed: [],
  opening: [() => steps.open(0n)],
  open: [() => steps.open(0n), () => steps.opened(1n)],
  closing: [() => steps.open(0n), () => steps.opened(1n), () => steps.close(1n)],
}
const legal: Readonly<Record<string, string>> = {
  'closed open': 'opening',
  'opening opened': 'open',
  'opening abandon': 'closed',
  'open close': 'closing',
  'closing closed': 'closed',
}

test.each(Object.keys(from).flatMap((state) => Object.keys(steps).map((step) => [state, step] as const)))(
  '%s, %s',
  async (state, step) => {
    for (const go of from[state as keyof typeof from]) expect(await go()).toBe(true)
    const { epoch } = await row()
    const act = steps[step as keyof typeof steps]
    for (const other of [epoch - 1n, epoch + 1n]) expect(await act(other), 'another epoch').toBe(false)
    const expected = legal[`${state} ${step}`]
    expect(await act(epoch)).toBe(expected !== undefined)
    expect((await row()).state).toBe(expected ?? state)
    expect((await row()).epoch).toBe(expected === 'opening' ? epoch + 1n : epoch)
  },
)

test('of many who take the same step one does it', async () => {
  const many = Array.from({ length: 5 }, (_, index) => index)
  const begun = await Promise.all(many.map((index) => beginOpening(place, at(0n), beginning(`n${index}`))))
  expect(begun.filter(Boolean)).toHaveLength(1)
  const epoch = { epoch: 1n, nonce: `n${begun.indexOf(true)}` }
  expect(await row()).toMatchObject(epoch)
  const opened = await Promise.all(many.map(() => finishOpening(place, epoch)))
  expect(opened.filter(Boolean)).toHaveLength(1)
  const closed = await Promise.all(many.map(() => beginClosing(place, epoch, 'why', false)))
  expect(closed.filter(Boolean)).toHaveLength(1)
})

test('a gate that closes soon after it opened says so, and forgets it when it was open for long', async () => {
  const round = async (epoch: bigint, openForS: number): Promise<number> => {
    await steps.open(epoch - 1n)
    await steps.opened(epoch)
    await pool.query(
      `UPDATE holdfast_gate SET changed_at = changed_at - interval '${openForS} s' WHERE namespace = '${place.namespace}'`,
    )
    await steps.close(epoch)
    await steps.closed(epoch)
    return (await row()).closings
  }
  expect(await round(1n, 0)).toBe(1)
  expect(await round(2n, 0)).toBe(2)
  expect(await round(3n, 60)).toBe(0)
})

test('several processes prepare the table and the row at once', async () => {
  await pool.query('CREATE SCHEMA other')
  await Promise.all(
    Array.from({ length: 4 }, async () => {
      const table = await prepareGateTable(place.truth)
      await insertGateRow(place.truth, table, 'shared', 'closed')
      expect(table).toBe('public.holdfast_gate')
    }),
  )
})

test('the boundary covers a transaction that runs with the highest id of all', async () => {
  const [opener, writer] = [await pool.connect(), await pool.connect()]
  try {
    // The opening takes its id first, and commits after the writer has read that the gate is closed.
    await opener.query('BEGIN; UPDATE holdfast_gate SET reason = reason')
    await writer.query('BEGIN; SELECT pg_current_xact_id()')
    await opener.query('COMMIT')
    const boundary = await boundaryNow(place.truth)
    expect(await oldestRunning(place.truth)).toBeLessThan(boundary)
    await writer.query('COMMIT')
    expect(await oldestRunning(place.truth)).toBeGreaterThanOrEqual(boundary)
  } finally {
    opener.release()
    writer.release()
  }
})

test('an epoch of another history with the same number is left alone', async () => {
  await steps.open(0n)
  await finishOpening(place, { epoch: 1n, nonce: 'of a history that was lost' })
  expect((await row()).state).toBe('opening')
  await steps.opened(1n)
  expect((await row()).state).toBe('open')
})
