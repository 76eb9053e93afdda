import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { useProgram } from '../../processes/program.ts'
import { eventually } from '../../servers/eventually.ts'
import { type FreshDatabase, freshDatabase } from '../../servers/postgres.ts'
import { freshRedis } from '../../servers/redis.ts'
import type { KilledOrder } from './killed-worker.ts'

// Three processes fire ticks as jobs and do them, and are killed one after the other: no tick is lost, and the effect
// of none is there twice.

const startWorker = useProgram(new URL('./killed-worker.ts', import.meta.url))
let database: FreshDatabase
let pool: pg.Pool
beforeAll(async () => {
  database = await freshDatabase()
  pool = new pg.Pool({ connectionString: database.url, query_timeout: 10_000 })
  pool.on('error', () => undefined)
  await pool.query('CREATE TABLE effect (tick bigint)')
})
afterAll(async () => {
  await pool.end()
  await database.drop()
})

test.each(['PostgreSQL', 'Redis'])('%s', { timeout: 120_000 }, async (place) => {
  await pool.query('TRUNCATE effect')
  const order: KilledOrder = {
    databaseUrl: database.url,
    redis: place === 'Redis' ? freshRedis() : undefined,
  }
  const begin = async () => {
    const worker = startWorker(order)
    expect(await worker.next()).toBe('ready')
    return worker
  }
  await pool.query('DROP TABLE IF EXISTS holdfast_schedule')
  const workers = await Promise.all([begin(), begin(), begin()])
  const effects = async (): Promise<number[]> => {
    const { rows } = await pool.query<{ tick: string }>('SELECT tick FROM effect ORDER BY tick')
    return rows.map(({ tick }) => Number(tick))
  }
  for (let kills = 0; kills < 2; kills++) {
    const before = (await effects()).length
    await eventually(async () => (await effects()).length > before + 2, 15_000)
    await workers[kills % 3]?.kill()
    workers[kills % 3] = await begin()
  }
  // What the killed had comes back after its lease: nothing older than this is missing then.
  const untilMs = Date.now()
  const upTo = async (): Promise<number[]> => (await effects()).filter((tick) => tick <= untilMs)
  const isWhole = (ticks: readonly number[]): boolean =>
    (ticks.at(-1) ?? 0) - (ticks[0] ?? 0) === (new Set(ticks).size - 1) * 100
  await eventually(async () => {
    const ticks = await upTo()
    return isWhole(ticks) && (await effects()).some((tick) => tick > untilMs)
  }, 15_000)
  const ticks = await upTo()
  expect(new Set(ticks).size).toBe(ticks.length)
  expect(ticks.length).toBeGreaterThan(10)
  await Promise.all(workers.map((worker) => worker.kill()))
})
