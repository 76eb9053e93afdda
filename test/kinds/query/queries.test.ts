import { drizzle, type NodePgQueryResultHKT } from 'drizzle-orm/node-postgres'
import type { PgDatabase } from 'drizzle-orm/pg-core'
import { sql as drizzleSql } from 'drizzle-orm'
import { open, queries, type StoreFactory, type Truth } from 'holdfast'
import { drizzleTruth } from 'holdfast/postgres'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { virtualClock } from '../../../src/testing/virtual-clock.ts'
import { type FreshDatabase, freshDatabase } from '../../servers/postgres.ts'
import { eventually } from '../../servers/eventually.ts'
import { stores } from '../../servers/stores.ts'
import { stopPoint } from '../strong/bank.ts'

type Session = PgDatabase<NodePgQueryResultHKT>

const keyspaces = {
  reports: queries({ key: 'report', about: 'Reports on trades.', l1: { max: 100 } }),
  volumes: queries({
    key: 'volume',
    about: 'What was traded.',
    row: z.object({ asset: z.string(), amount: z.string() }),
    ttl: '1m',
    maxValueBytes: 200,
  }),
}

let database: FreshDatabase
let pool: pg.Pool
let truth: Truth<Session>
let sent: string[]
/** Between the answer of a statement and its load. */
let afterStatement: (() => Promise<void>) | undefined

beforeAll(async () => {
  database = await freshDatabase()
  pool = new pg.Pool({ connectionString: database.url, max: 5, statement_timeout: 10_000 })
  await pool.query('CREATE TABLE trades (asset text NOT NULL, amount bigint NOT NULL)')
  const inner = drizzleTruth<Session>(drizzle(pool))
  truth = {
    ...inner,
    async query(session, statement, parameters) {
      if (/trades/.test(statement)) sent.push(statement)
      const rows = await inner.query(session, statement, parameters)
      await afterStatement?.()
      return rows
    },
  }
})
afterAll(async () => {
  await pool.end()
  await database.drop()
})
beforeEach(async () => {
  sent = []
  afterStatement = undefined
  await pool.query(`TRUNCATE trades; INSERT INTO trades VALUES ('SOL', 1), ('SOL', 2), ('MON', 5)`)
})

const node = (store: StoreFactory) => open(keyspaces, { store, truth })
const amounts = {
  sql: 'SELECT amount::text FROM trades WHERE asset = $1 ORDER BY amount',
  params: ['SOL'],
  tables: ['trades'],
}
const insert = () => pool.query(`INSERT INTO trades VALUES ('SOL', 9)`)

describe.each(Object.entries(stores))('%s', (_name, make) => {
  test('a result is run once, by all nodes, and removed by its table', async () => {
    const store = make()
    const [a, b] = [await node(store), await node(store)]
    const rows = [{ amount: '1' }, { amount: '2' }]
    expect(await a.reports.run(amounts)).toEqual(rows)
    expect(await b.reports.run({ ...amounts })).toEqual(rows)
    expect(await a.reports.run({ ...amounts, params: ['MON'] })).toEqual([{ amount: '5' }])
    expect(sent).toHaveLength(2)
    await insert()
    await a.invalidateTables(['positions'])
    expect(await b.reports.run(amounts)).toEqual(rows)
    await a.invalidateTables(['trades'])
    expect(await a.reports.run(amounts)).toEqual([...rows, { amount: '9' }])
    // Others follow within the time of a message.
    await eventually(async () => (await b.reports.run(amounts)).length === 3)
    expect(sent).toHaveLength(3)
    await Promise.all([a.close(), b.close()])
  })

  test('a query that has read before its table changed is stored nowhere', async () => {
    const store = make()
    const [a, b] = [await node(store), await node(store)]
    const { arrive, reached, proceed } = stopPoint()
    afterStatement = arrive
    const early = a.reports.run(amounts)
    await reached
    afterStatement = undefined
    await b.write(async (tx, changes) => {
      changes.touchTables(['trades'])
      await tx.execute(drizzleSql`INSERT INTO trades VALUES ('SOL', 9)`)
    })
    proceed()
    expect(await early).toHaveLength(2)
    expect([await a.reports.run(amounts), await b.reports.run(amounts)]).toMatchObject([
      { length: 3 },
      { length: 3 },
    ])
    await Promise.all([a.close(), b.close()])
  })

  test('skipCache runs it and stores the result; noCache does neither look nor store', async () => {
    const store = make()
    const [a, b] = [await node(store), await node(store)]
    await a.reports.run(amounts)
    await insert()
    expect(await b.reports.run(amounts, { noCache: true })).toHaveLength(3)
    expect(await b.reports.run(amounts)).toHaveLength(2)
    expect(await b.reports.run(amounts, { skipCache: true })).toHaveLength(3)
    expect([await a.reports.run(amounts), await b.reports.run(amounts)]).toMatchObject([
      { length: 3 },
      { length: 3 },
    ])
    expect(sent).toHaveLength(3)
    await Promise.all([a.close(), b.close()])
  })

  test('skipCache does not take what an earlier run is about to answer, and is what stays', async () => {
    const store = make()
    const [a, b] = [await node(store), await node(store)]
    const { arrive, reached, proceed } = stopPoint()
    afterStatement = arrive
    const early = a.reports.run(amounts)
    await reached
    afterStatement = undefined
    await insert()
    const late = [a, b].map(({ reports }) => reports.run(amounts, { skipCache: true }))
    proceed()
    expect(await early).toHaveLength(2)
    for (const each of await Promise.all(late)) expect(each).toHaveLength(3)
    expect([await a.reports.run(amounts), await b.reports.run(amounts)]).toMatchObject([
      { length: 3 },
      { length: 3 },
    ])
    await Promise.all([a.close(), b.close()])
  })
})

test('PostgreSQL itself refuses what writes', async () => {
  const state = await node(stores['memory']?.() as StoreFactory)
  await pool.query(
    `CREATE OR REPLACE FUNCTION sneak() RETURNS int LANGUAGE sql AS 'DELETE FROM trades; SELECT 1'`,
  )
  for (const sql of [
    `WITH gone AS (DELETE FROM trades RETURNING *) SELECT * FROM gone`,
    'SELECT sneak() FROM trades',
    'SELECT * FROM trades FOR UPDATE',
  ])
    await expect(state.reports.run({ sql, tables: [] })).rejects.toMatchObject({
      code: 'HF_LOAD_FAILED',
      message: expect.stringMatching(/report:-:/),
    })
  const { rows } = await pool.query('SELECT count(*)::int AS count FROM trades')
  expect(rows).toEqual([{ count: 3 }])
})

test('rows are checked, bounded, typed and frozen', async () => {
  const { volumes } = await node(stores['memory']?.() as StoreFactory)
  const tables = ['trades']
  const good = 'SELECT asset, sum(amount)::text AS amount FROM trades GROUP BY 1 ORDER BY 1'
  const rows = await volumes.run({ sql: good, tables })
  expect(rows.map(({ asset, amount }) => `${asset} ${amount}`)).toEqual(['MON 5', 'SOL 3'])
  expect(Object.isFrozen(rows[0])).toBe(true)
  await expect(volumes.run({ sql: 'SELECT asset FROM trades', tables })).rejects.toThrow(/0: amount/)
  const large = `SELECT asset, repeat('9', 300) AS amount FROM trades`
  for (const options of [{}, { skipCache: true }, { noCache: true }])
    await expect(volumes.run({ sql: large, tables }, options)).rejects.toMatchObject({
      code: 'HF_VALUE_TOO_LARGE',
    })
  await expect(volumes.run({ sql: 'DELETE FROM trades', tables })).rejects.toThrow(/begins with DELETE/)
  await expect(volumes.run({ sql: good, tables: ['x; y'] })).rejects.toThrow(/no name of a table/)
  const many = Array.from({ length: 60 }, (_, index) => `a_rather_long_name_${index}`)
  await expect(volumes.run({ sql: good, tables: many })).rejects.toThrow(/the names take/)
  await expect(volumes.run({ sql: good, tables, params: [undefined as never] })).rejects.toThrow(/\$1/)
})

test('the order of tables does not matter; what a caller changes later does not either', async () => {
  const state = await node(stores['memory']?.() as StoreFactory)
  const params = ['SOL']
  const first = state.reports.run({ ...amounts, params, tables: ['trades', 'positions'] })
  params[0] = 'MON'
  expect(await first).toHaveLength(2)
  expect(await state.reports.run({ ...amounts, tables: ['positions', 'trades', 'trades'] })).toHaveLength(2)
  expect(sent).toHaveLength(1)
})

test('results live for five minutes, or as the call says; elsewhere than on the truth if that is declared', async () => {
  const clock = virtualClock()
  const ran: unknown[] = []
  const away = queries({
    key: 'away',
    about: 'On another database.',
    execute: async ({ sql, params }, { replica }: { replica: string }, { signal }) => {
      ran.push([sql, params, replica, signal.aborted])
      return [{ run: ran.length }]
    },
  })
  const state = await open({ away }, { clock, deps: { replica: 'second' } })
  const query = { sql: 'SELECT $1', params: [1n], tables: [] }
  const run = async () => (await state.away.run(query))[0]?.['run']
  expect([await run(), await run()]).toEqual([1, 1])
  await clock.advance(5 * 60_000 - 1)
  expect(await run()).toBe(1)
  await clock.advance(1)
  expect(await run()).toBe(2)
  expect(ran[0]).toEqual(['SELECT $1', [1n], 'second', false])
  await state.away.run(query, { skipCache: true, ttl: '1s' })
  await clock.advance(1_000)
  expect(await run()).toBe(4)
  await state.away.clear()
  expect(await run()).toBe(5)
  expect(state.counts()['away']).toMatchObject({ loads: 5, clears: 1 })
  expect(state.describe()[0]).toMatchObject({ kind: 'query', key: 'away:{tables}:{query}' })
})

test.each([
  [{ key: 'a:{b}', about: 'x' }, /key: has parameters/],
  [{ key: 'a', about: 'x', rows: 1 }, /is no option of queries/],
  [{ key: 'a', about: 'x', row: 1 }, /is no Standard Schema/],
  [{ key: 'a', about: 'x', execute: 1 }, /execute: is no function/],
  [{ key: 'a', about: 'x', ttl: '0s' }, /ttl/],
])('%j is refused', (spec, problem) => {
  expect(() => queries(spec as never)).toThrow(problem)
})

test('without a truth it says what is missing', async () => {
  await expect(open({ reports: keyspaces.reports } as never)).rejects.toThrow(
    /reports: is query and stands on PostgreSQL/,
  )
})
