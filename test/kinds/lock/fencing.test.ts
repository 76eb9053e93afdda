import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from '@redis/client'
import { and, eq, lte } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/node-postgres'
import { bigint, pgTable, text } from 'drizzle-orm/pg-core'
import { DeclarationError, FencedOffError, fencing, lock, open } from 'holdfast'
import { type EmbeddedRedis, findRedis, startRedis } from 'holdfast/embedded'
import { drizzleTruth } from 'holdfast/postgres'
import { redisStore } from 'holdfast/redis'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest'
import { useProgram } from '../../processes/program.ts'
import { type FreshDatabase, freshDatabase } from '../../servers/postgres.ts'
import { mortalRedis } from '../session/truth.ts'
import type { Session } from '../strong/bank.ts'

// Tokens, and the rows that refuse older ones: on a real PostgreSQL, and Redis servers that lose their data.

const startHolder = useProgram(new URL('./holder.ts', import.meta.url))
const position = pgTable('position', {
  id: text('id').primaryKey(),
  amount: bigint('amount', { mode: 'bigint' }).notNull(),
  fence: bigint('fence', { mode: 'bigint' }).notNull(),
})

let database: FreshDatabase
let pool: pg.Pool
beforeAll(async () => {
  database = await freshDatabase()
  pool = new pg.Pool({ connectionString: database.url, query_timeout: 10_000 })
  pool.on('error', () => undefined)
  await pool.query(
    'CREATE TABLE position (id text PRIMARY KEY, amount bigint NOT NULL, fence bigint NOT NULL DEFAULT 0)',
  )
})
afterAll(async () => {
  await pool.end()
  await database.drop()
})
beforeEach(() => pool.query("DELETE FROM position; INSERT INTO position VALUES ('7', 10)"))

const update = async (token: bigint, amount: number): Promise<void> => {
  const fence = fencing({ token })
  const { rowCount } = await pool.query(
    `UPDATE position SET amount = $1, ${fence.set} WHERE id = '7' AND ${fence.where}`,
    [amount],
  )
  fence.confirm(rowCount)
}
const amount = async (): Promise<unknown> => (await pool.query('SELECT amount FROM position')).rows[0]?.amount

test('a row refuses an older token than it has seen; its holder may write again', async () => {
  await update(5n, 1)
  await update(5n, 2)
  await update(6n, 3)
  await expect(update(5n, 4)).rejects.toThrow(FencedOffError)
  await update(2n ** 62n, 5)
  await expect(update(6n, 6)).rejects.toThrow(/fencing token 6/)
  expect(await amount()).toBe('5')
  expect(() => fencing({ token: 1n }, 'fence"; --')).toThrow(DeclarationError)
  expect(fencing({ token: 1n }, 'seen').where).toBe('"seen" <= 1')
})

test('the same with Drizzle', async () => {
  const db = drizzle(pool)
  const write = async (token: bigint): Promise<void> => {
    const fence = fencing({ token })
    const { rowCount } = await db
      .update(position)
      .set({ amount: token, fence: fence.token })
      .where(and(eq(position.id, '7'), lte(position.fence, fence.token)))
    fence.confirm(rowCount)
  }
  await write(6n)
  await expect(write(5n)).rejects.toThrow(FencedOffError)
  expect(await amount()).toBe('6')
})

test('a holder that was stopped past its lease wakes and is refused, also when Redis was restarted empty', async () => {
  for (const isRestarted of [false, true]) {
    await pool.query('UPDATE position SET fence = 0')
    const redis = await mortalRedis()
    const place = { url: redis.url, namespace: 'fenced' }
    const holder = startHolder({ redis: place, databaseUrl: database.url, id: '7' })
    const first = BigInt(((await holder.next()) as { token: string }).token)
    process.kill(holder.pid, 'SIGSTOP')
    if (isRestarted) await redis.restart('empty')
    const sale = lock({ key: 'lock:sale:{id}', about: 'One sale at a time.', lease: '5s' })
    let last = 0n
    const state = await open({ sale }, { store: redisStore(place) })
    await state.sale.run(
      { id: '7' },
      async ({ token }) => {
        expect(token).toBeGreaterThan(first)
        last = token
        await update(token, 2)
      },
      { wait: '5s' },
    )
    process.kill(holder.pid, 'SIGCONT')
    expect(await holder.next()).toEqual({ end: 'HF_FENCED_OFF' })
    expect(await amount()).toBe('2')
    process.stdout.write(
      `stopped holder, Redis ${isRestarted ? 'restarted empty' : 'as it was'}: token ${first}, the next ${last}; its write was refused\n`,
    )
    await state.close()
  }
})

test('with the epoch of the gate tokens grow over a Redis that comes back empty, or with old data', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'holdfast-fencing-'))
  onTestFinished(() => rm(dir, { recursive: true, force: true }))
  const binary = await findRedis()
  const sale = lock({ key: 'lock:sale:{id}', about: 'x', lease: '5s', fencing: 'gate' })
  const tokens: bigint[] = []
  for (const before of ['saves', 'loses what it saved not', 'loses all'] as const) {
    const redis = await startRedis({ binary, dir, afterKill: 'stop' })
    try {
      const truth = drizzleTruth<Session>(drizzle(pool))
      const state = await open({ sale }, { store: redisStore({ url: redis.url }), truth })
      for (let grant = 0; grant < 3; grant++) {
        await state.sale.run({ id: '1' }, async ({ token }) => void tokens.push(token), { wait: '10s' })
        if (grant === 0 && before === 'saves') await command(redis, 'SAVE')
      }
      await state.close()
    } finally {
      process.kill(redis.pid, 'SIGKILL')
      await redis.stop()
    }
    if (before !== 'saves') await rm(join(dir, 'dump.rdb'), { force: true })
  }
  expect(tokens).toEqual([...new Set(tokens)].toSorted((a, b) => (a < b ? -1 : 1)))
  expect(new Set(tokens.map((token) => token >> 41n)).size).toBe(3)
})

test('tokens of the gate ask for a truth', async () => {
  const sale = lock({ key: 'lock:sale:{id}', about: 'x', lease: '5s', fencing: 'gate' })
  await expect(open({ sale })).rejects.toThrow(/give open a truth/)
})

async function command(redis: EmbeddedRedis, name: string): Promise<void> {
  const client = createClient({ url: redis.url })
  await client.connect()
  await client.sendCommand([name])
  client.destroy()
}
