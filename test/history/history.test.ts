import { setTimeout as wait } from 'node:timers/promises'
import { closeGate, openGate } from 'holdfast'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Bank, openBank } from '../kinds/strong/bank.ts'
import { useProgram } from '../processes/program.ts'
import { eventually } from '../servers/eventually.ts'
import { type FreshDatabase, freshDatabase } from '../servers/postgres.ts'
import { freshRedis } from '../servers/redis.ts'
import { violationsOf } from '../../prove/linearizable.ts'
import type { Sabotage } from './sabotage.ts'
import type { WorkerOrder, WorkerReport } from './worker.ts'

// Two processes with 8 writers and 16 readers on 8 hot accounts: what they did and saw is linearizable. The same with
// one rule of the protocol broken is not, or the check would be blind.

const PROCESSES = 2
const LOAD = { writers: 4, readers: 8 } as const
/** Longer runs by hand: HISTORY_SECONDS=120. */
const SECONDS = Number(process.env.HISTORY_SECONDS ?? 5)

let database: FreshDatabase
let bank: Bank
const startWorker = useProgram(new URL('./worker.ts', import.meta.url))

beforeAll(async () => {
  database = await freshDatabase()
  bank = await openBank(database.url)
})
afterAll(async () => {
  await bank.close()
  await database.drop()
})

type Course = Pick<WorkerOrder, 'keys' | 'durationMs' | 'restMs' | 'sabotage'>

async function run(
  course: Course,
  meanwhile: (namespace: string) => Promise<unknown> = async () => undefined,
): Promise<WorkerReport> {
  await bank.pool.query('TRUNCATE account')
  await bank.pool.query(
    `INSERT INTO account SELECT 'hot' || n, 0, 0 FROM generate_series(1, ${course.keys}) n`,
  )
  const redis = freshRedis()
  const order: WorkerOrder = {
    ...LOAD,
    databaseUrl: database.url,
    redis,
    ...course,
  }
  const workers = Array.from({ length: PROCESSES }, () => startWorker(order))
  const ended = Promise.all(workers.map((worker) => worker.next())) as Promise<WorkerReport[]>
  const [reports] = await Promise.all([ended, meanwhile(redis.namespace)])
  return {
    history: reports.flatMap(({ history }) => history),
    l2Hits: reports.reduce((sum, { l2Hits }) => sum + l2Hits, 0),
    misses: reports.reduce((sum, { misses }) => sum + misses, 0),
  }
}

test('every history is linearizable', { timeout: SECONDS * 1_000 + 30_000 }, async () => {
  const { history, l2Hits, misses } = await run({ keys: 8, durationMs: SECONDS * 1_000, restMs: 60 })
  const writes = history.filter(({ kind }) => kind === 'write').length
  const share = l2Hits / (l2Hits + misses)
  process.stdout.write(
    `history: ${history.length} operations, ${writes} writes, ${(share * 100).toFixed(1)} % of reads from Redis\n`,
  )
  expect(violationsOf(history).slice(0, 3)).toEqual([])
  // Else it was PostgreSQL that was tested.
  expect(share).toBeGreaterThan(0.3)
  expect(writes).toBeGreaterThan(SECONDS * 5)
})

/** Closes the gate when it is open, and all workers are at work. */
async function close(namespace: string): Promise<void> {
  await eventually(async () => {
    const { rows } = await bank.pool
      .query(`SELECT state FROM holdfast_gate WHERE namespace = '${namespace}'`)
      .catch(() => ({ rows: [] }))
    return rows[0]?.state === 'open'
  }, 20_000)
  await wait(2_000)
  await closeGate(bank.truth, 'a drill', { namespace })
}

test('so is one in which the gate is closed and opened again and again', { timeout: 60_000 }, async () => {
  let openings = 0
  const { history, l2Hits, misses } = await run(
    { keys: 8, durationMs: 8_000, restMs: 60 },
    async (namespace) => {
      const lastMs = performance.now() + 4_000
      for (; performance.now() < lastMs; openings++) {
        await close(namespace)
        // Transactions of other tests may be in the way.
        await openGate(bank.truth, { namespace, timeoutMs: 3_000 }).catch(() => undefined)
      }
    },
  )
  const share = l2Hits / (l2Hits + misses)
  process.stdout.write(
    `history: ${history.length} operations, ${openings} openings, ${(share * 100).toFixed(1)} % of reads from Redis\n`,
  )
  expect(violationsOf(history).slice(0, 3)).toEqual([])
  expect(share).toBeGreaterThan(0.1)
})

test('the lease of the gate ignored: the check finds it', { timeout: 60_000 }, async () => {
  const { history } = await run(
    { keys: 2, durationMs: 6_000, restMs: 5, sabotage: 'lease of the gate ignored' },
    close,
  )
  expect(violationsOf(history).length).toBeGreaterThan(0)
})

test.each<Sabotage>(['fence after commit', 'fill without a lease'])(
  '%s: the check finds it',
  { timeout: 60_000 },
  async (sabotage) => {
    let found = 0
    for (let round = 0; round < 5 && found === 0; round++)
      found = violationsOf((await run({ keys: 2, durationMs: 1_500, restMs: 5, sabotage })).history).length
    process.stdout.write(`history: ${sabotage}: ${found} violations\n`)
    expect(found).toBeGreaterThan(0)
  },
)
