import { sql } from 'drizzle-orm'
import pg from 'pg'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { proxyTo } from '../../../../test/servers/proxy.ts'
import { pooled } from '../../src/db/pooled.ts'
import { useDatabase } from '../test-desk.ts'

const ANSWER_TIMEOUT_MS = 200

const database = useDatabase()
let observer: pg.Client

const poolOfOne = (url: string): pg.Pool => {
  const pool = new pg.Pool({
    connectionString: url,
    max: 1,
    query_timeout: ANSWER_TIMEOUT_MS,
    connectionTimeoutMillis: 2_000,
  })
  pool.on('error', () => undefined)
  pool.on('connect', (client) => void client.on('error', () => undefined))
  return pool
}

beforeEach(async () => {
  observer = new pg.Client({ connectionString: database.url })
  await observer.connect()
  await observer.query("CREATE TABLE purse AS SELECT unnest(ARRAY['a', 'b']) AS id, 10 AS amount")
})
afterEach(async () => {
  await observer.query('DROP TABLE purse')
  await observer.end()
})

test('a transaction whose ROLLBACK had no answer is not committed by the next one', async () => {
  const pool = poolOfOne(database.url)
  const db = pooled(pool)
  await observer.query('BEGIN')
  await observer.query("SELECT * FROM purse WHERE id = 'b' FOR UPDATE")
  const takeBoth = db.transaction(async (tx) => {
    await tx.execute(sql`UPDATE purse SET amount = 0 WHERE id = 'a'`)
    await tx.execute(sql`UPDATE purse SET amount = 0 WHERE id = 'b'`)
  })
  await expect(takeBoth).rejects.toThrow()
  await observer.query('ROLLBACK')
  await db.transaction((tx) => tx.execute(sql`SELECT 1`))
  expect((await observer.query('SELECT sum(amount)::integer AS sum FROM purse')).rows).toEqual([{ sum: 20 }])
  await pool.end()
})

test('a transaction whose BEGIN had no answer does not keep its place in the pool', async () => {
  const proxy = await proxyTo(database.url)
  const pool = poolOfOne(proxy.url)
  const db = pooled(pool)
  await db.transaction((tx) => tx.execute(sql`SELECT 1`))
  proxy.loseAnswers()
  await expect(db.transaction(async () => 'begun')).rejects.toThrow()
  expect(await db.transaction(async () => 'begun')).toBe('begun')
  await pool.end()
  await proxy.close()
})

test('a sound connection is used again, also after a transaction that failed', async () => {
  const pool = poolOfOne(database.url)
  const db = pooled(pool)
  const pidOf = async (): Promise<unknown> => (await pool.query('SELECT pg_backend_pid() AS pid')).rows[0].pid
  const before = await pidOf()
  await expect(db.transaction((tx) => tx.execute(sql`SELECT 1 / 0`))).rejects.toThrow()
  await db.transaction((tx) => tx.execute(sql`SELECT 1`))
  expect(await pidOf()).toBe(before)
  await pool.end()
})
