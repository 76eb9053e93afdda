import { drizzle } from 'drizzle-orm/node-postgres'
import { drizzleTruth } from 'holdfast/postgres'
import { findRedis, startRedis } from 'holdfast/embedded'
import { createClient } from '@redis/client'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, onTestFinished } from 'vitest'
import { type FreshDatabase, freshDatabase } from '../../servers/postgres.ts'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A truth for all tests of a file, which each of them can have hang up. */
export function useTruth() {
  let database: FreshDatabase
  let pool: pg.Pool
  let isDown = false
  let inner: ReturnType<typeof drizzleTruth<ReturnType<typeof drizzle>>>
  beforeAll(async () => {
    database = await freshDatabase()
    pool = new pg.Pool({ connectionString: database.url, max: 4, query_timeout: 10_000 })
    pool.on('error', () => undefined)
    inner = drizzleTruth(drizzle(pool))
  })
  afterAll(async () => {
    await pool.end()
    await database.drop()
  })
  afterEach(() => void (isDown = false))
  return {
    truth: (): typeof inner => ({
      ...inner,
      query: (session, statement, parameters) =>
        isDown ? Promise.reject(new Error('connection reset')) : inner.query(session, statement, parameters),
    }),
    rows: async (): Promise<unknown[]> => (await pool.query('SELECT * FROM holdfast_revoked')).rows,
    setDown: (down: boolean) => void (isDown = down),
  }
}

/** A Redis that dies and comes back: with what it held at the last `snapshot`, or with nothing. */
export async function mortalRedis() {
  const dir = await mkdtemp(join(tmpdir(), 'holdfast-mortal-'))
  const binary = await findRedis()
  let redis = await startRedis({ binary, dir, afterKill: 'stop' })
  const { port, password, url } = redis
  const kill = (): void => void process.kill(redis.pid, 'SIGKILL')
  onTestFinished(async () => {
    await redis.stop()
    await rm(dir, { recursive: true, force: true })
  })
  const command = async (...parts: readonly string[]): Promise<unknown> => {
    const client = createClient({ url })
    await client.connect()
    try {
      return await client.sendCommand([...parts])
    } finally {
      client.destroy()
    }
  }
  return {
    url,
    kill,
    command,
    snapshot: () => command('SAVE'),
    async restart(how: 'old' | 'empty') {
      kill()
      if (how === 'empty') await rm(join(dir, 'dump.rdb'), { force: true })
      redis = await startRedis({ binary, dir, afterKill: 'stop', port, password })
    },
  }
}
