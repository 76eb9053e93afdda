import { drizzle } from 'drizzle-orm/node-postgres'
import { RevocationUnknownError } from 'holdfast'
import { drizzleTruth } from 'holdfast/postgres'
import { virtualClock } from 'holdfast/testing'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { isRevoked, Revocations } from '../../src/revocation/revocations.ts'
import { type FreshDatabase, freshDatabase } from '../servers/postgres.ts'

// What several processes know of what was revoked, over a real PostgreSQL.

let database: FreshDatabase
let pool: pg.Pool
let asked: string[] = []
let isDown = false
beforeAll(async () => {
  database = await freshDatabase()
  pool = new pg.Pool({ connectionString: database.url, max: 4, query_timeout: 10_000 })
})
afterAll(async () => {
  await pool.end()
  await database.drop()
})
beforeEach(async () => {
  isDown = false
  await pool.query('DROP TABLE IF EXISTS holdfast_revoked')
})

async function process(
  options: { clock?: ReturnType<typeof virtualClock>; most?: number; namespace?: string } = {},
) {
  const { clock = virtualClock(), most, namespace = 'n' } = options
  const inner = drizzleTruth(drizzle(pool))
  const truth: typeof inner = {
    ...inner,
    query(session, statement, parameters) {
      asked.push(statement)
      return isDown
        ? Promise.reject(new Error('connection reset'))
        : inner.query(session, statement, parameters)
    },
  }
  const revocations = new Revocations(truth, namespace, clock, most)
  await revocations.start()
  asked = []
  const found = async (name: string, byStore = true): Promise<boolean> =>
    (await revocations.find([name, 'other'], byStore)).has(name)
  return { revocations, found, clock }
}

const HOUR_MS = 3_600_000
const forGood = (name: string) => [{ name, beforeUs: undefined, keepMs: HOUR_MS }]

test('what one has revoked is known to itself at once, and to others within a second', async () => {
  const [here, there] = [await process(), await process()]
  await here.revocations.revoke(forGood('a'))
  expect(await here.found('a')).toBe(true)
  await there.clock.advance(1_001)
  expect(await there.found('a')).toBe(true)
  expect(await there.found('b')).toBe(false)
})

test('under another namespace it is not', async () => {
  const [here, other] = [await process(), await process({ namespace: 'm', most: 0 })]
  await here.revocations.revoke(forGood('a'))
  expect(await other.found('a', false)).toBe(false)
  await other.revocations.revoke(forGood('b'))
  expect(await other.found('a', false)).toBe(false)
  expect(await other.found('b', false)).toBe(true)
  expect(await here.found('b', false)).toBe(false)
})

test('within the second nobody asks PostgreSQL, and in the second half it is asked ahead', async () => {
  const { revocations, clock } = await process()
  await clock.advance(500)
  expect(revocations.find(['a'], true)).toEqual(new Map())
  expect(asked).toEqual([])
  await clock.advance(1)
  expect(revocations.find(['a'], true)).toEqual(new Map())
  expect(asked).toHaveLength(1)
  for (let n = 0; n < 100; n++) void revocations.find(['a'], true)
  expect(asked).toHaveLength(1)
})

test('who has not asked the store, or whose connection to it was lost, is told of everything', async () => {
  const [here, there] = [await process(), await process()]
  await here.revocations.revoke(forGood('a'))
  expect(await there.found('a', false)).toBe(true)
  await here.revocations.revoke(forGood('b'))
  there.revocations.doubt()
  expect(await there.found('b')).toBe(true)
})

test('many who ask at the same time are one question', async () => {
  const { found, clock } = await process()
  await clock.advance(5_000)
  await Promise.all(Array.from({ length: 50 }, (_, n) => found(`n${n}`)))
  expect(asked).toHaveLength(1)
})

test('one that is committed late is not passed over', async () => {
  const [here, there] = [await process(), await process()]
  const late = await pool.connect()
  await late.query('BEGIN')
  await late.query(
    `INSERT INTO holdfast_revoked (namespace, name, until) VALUES ('n', 'late', now() + interval '1 hour')`,
  )
  await here.revocations.revoke(forGood('early'))
  expect(await there.found('early', false)).toBe(true)
  await late.query('COMMIT')
  late.release()
  expect(await there.found('late', false)).toBe(true)
})

test('while PostgreSQL does not answer nothing is known, and afterwards everything', async () => {
  const [here, there] = [await process(), await process()]
  isDown = true
  expect(await there.found('a')).toBe(false)
  await there.clock.advance(1_001)
  await expect(there.found('a')).rejects.toThrow(RevocationUnknownError)
  await expect(there.found('a', false)).rejects.toThrow(/connection reset/)
  await expect(there.revocations.revoke(forGood('a'))).rejects.toThrow(RevocationUnknownError)
  await expect(there.revocations.now()).rejects.toThrow(RevocationUnknownError)
  isDown = false
  await here.revocations.revoke(forGood('a'))
  expect(await there.found('a')).toBe(true)
})

test('one that hangs is no answer after two seconds', async () => {
  const { revocations, clock } = await process()
  const blocker = await pool.connect()
  await blocker.query('BEGIN; LOCK TABLE holdfast_revoked')
  await clock.advance(5_000)
  const found = Promise.resolve(revocations.find(['a'], true)).catch((error: unknown) => error)
  await clock.advance(2_000)
  expect(await found).toBeInstanceOf(RevocationUnknownError)
  await blocker.query('ROLLBACK')
  blocker.release()
})

test('with more than are kept each is asked for, and they are known all the same', async () => {
  const [here, there] = [await process(), await process({ most: 3 })]
  for (let n = 0; n < 5; n++) await here.revocations.revoke(forGood(`n${n}`))
  await there.clock.advance(2_000)
  for (let n = 0; n < 5; n++) expect(await there.found(`n${n}`)).toBe(true)
  expect(await there.found('other one')).toBe(false)
  expect(asked.filter((statement) => /LEFT JOIN/.test(statement))).toHaveLength(1)
  await pool.query(`DELETE FROM holdfast_revoked WHERE name <> 'n1'`)
  await there.clock.advance(60_001)
  asked = []
  for (let n = 0; n < 5; n++) expect(await there.found(`n${n}`)).toBe(n === 1)
  expect(asked.filter((statement) => /SELECT (seen|name,)/.test(statement))).toHaveLength(1)
})

test('what began later than it was revoked is not, whatever is revoked in between', async () => {
  const [here, there] = [await process(), await process()]
  const revoke = (beforeUs: bigint | undefined, keepMs = HOUR_MS): Promise<void> =>
    here.revocations.revoke([{ name: 'u', beforeUs, keepMs }])
  const stands = async (stamp: bigint): Promise<boolean[]> => {
    const each = await Promise.all([here.revocations.find(['u'], true), there.revocations.find(['u'], false)])
    return each.map((revoked) => !isRevoked(revoked, 'u', stamp))
  }
  await revoke(100n)
  expect(await stands(100n)).toEqual([false, false])
  expect(await stands(101n)).toEqual([true, true])
  await revoke(50n, 2 * HOUR_MS)
  expect(await stands(100n)).toEqual([false, false])
  await revoke(undefined)
  expect(await stands(101n)).toEqual([false, false])
  await revoke(300n)
  expect(await stands(301n)).toEqual([false, false])
})

test('what is over is forgotten, here and in the table', async () => {
  const { revocations, found, clock } = await process()
  await revocations.revoke([{ name: 'short', beforeUs: undefined, keepMs: 30_000 }])
  await clock.advance(29_999)
  expect(await found('short')).toBe(true)
  await pool.query(`UPDATE holdfast_revoked SET until = now() - interval '1 second'`)
  await clock.advance(31_000)
  expect(await found('short')).toBe(false)
  await expect.poll(async () => (await pool.query('SELECT 1 FROM holdfast_revoked')).rows).toEqual([])
})

test('a PostgreSQL that counts transactions anew is read from the beginning', async () => {
  const [here, there] = [await process(), await process()]
  await here.revocations.revoke(forGood('a'))
  // As in a database that was restored elsewhere: the row is older than everything that was seen.
  await pool.query("UPDATE holdfast_revoked SET xid = '3'::xid8")
  isDown = true
  await there.clock.advance(2_000)
  await expect(there.found('a')).rejects.toThrow(RevocationUnknownError)
  isDown = false
  expect(await there.found('a')).toBe(true)
})
