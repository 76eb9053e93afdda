import { systemClock, systemRandom } from 'holdfast'
import { queueConformance } from 'holdfast/testing'
import { drizzleTruth } from 'holdfast/postgres'
import { drizzle } from 'drizzle-orm/node-postgres'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { memoryQueues } from '../../src/kinds/queue/memory.ts'
import type { QueueBackend, QueueBackends } from '../../src/kinds/queue/port.ts'
import { postgresQueues } from '../../src/kinds/queue/postgres.ts'
import { bullQueues } from '../../src/kinds/queue/redis.ts'
import { eventually } from '../servers/eventually.ts'
import { type FreshDatabase, freshDatabase } from '../servers/postgres.ts'
import { freshRedis } from '../servers/redis.ts'

// One suite for every place where jobs are kept.

let database: FreshDatabase
let pool: pg.Pool
beforeAll(async () => {
  // What it takes to load is no silence of a worker.
  await import('bullmq')
  database = await freshDatabase()
  pool = new pg.Pool({ connectionString: database.url, query_timeout: 10_000 })
  pool.on('error', () => undefined)
})
afterAll(async () => {
  await pool.end()
  await database.drop()
})

const backends: Readonly<Record<string, () => QueueBackends>> = {
  memory: () => memoryQueues(systemClock),
  postgres: () => postgresQueues(drizzleTruth(drizzle(pool)), 'test', systemClock, systemRandom),
  bullmq: () =>
    bullQueues({ ...freshRedis(), commandTimeoutMs: 2_000, connectTimeoutMs: 5_000 }, systemClock),
}

let keys = 0

describe.each(Object.entries(backends))('%s', (_name, make) => {
  test.concurrent.each(queueConformance)('$name', async ({ run }) => {
    const queues = make()
    const mine: QueueBackend[] = []
    try {
      await expect(
        run({
          async open(key, rules) {
            const backend = queues(key, rules)
            mine.push(backend)
            await backend.start()
            return backend
          },
          freshKey: () => `queue${keys++}`,
          eventually,
        }),
      ).resolves.toBeUndefined()
    } finally {
      await Promise.all(mine.map((backend) => backend.close()))
    }
  })
})
