import { sql } from 'drizzle-orm'
import { open, queue } from 'holdfast'
import { findRedis, startRedis } from 'holdfast/embedded'
import { redisStore } from 'holdfast/redis'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { eventually } from '../servers/eventually.ts'
import { type FreshDatabase, freshDatabase } from '../servers/postgres.ts'
import { freshNamespace, privateRedis } from '../servers/redis.ts'
import { type Agents, moves, openAgents } from './desk.ts'

// Redis loses everything, in the middle of it all: what came through the outbox comes again.

let database: FreshDatabase
let agents: Agents
beforeAll(async () => {
  database = await freshDatabase()
  agents = await openAgents(database.url)
  await agents.pool.query('CREATE TABLE paid (number integer)')
})
afterAll(async () => {
  await agents.close()
  await database.drop()
})

const pay = queue({
  key: 'pay',
  about: 'Payments, each once.',
  job: z.object({ number: z.number() }),
  result: z.null(),
  backoff: { first: '50ms' },
  lease: '1s',
  concurrency: 4,
})

test('no job and no event is lost, and each job has its effect once', { timeout: 40_000 }, async () => {
  const redis = await privateRedis({ save: '' })
  const store = redisStore({ url: redis.url, namespace: freshNamespace(), commandTimeout: '300ms' })
  const state = await open({ pay, moves }, { store, truth: agents.truth })
  onTestFinished(() => state.close())
  const starts: number[] = []
  state.pay.process(async ({ number }, { id }) => {
    starts.push(number)
    await state.write((tx) =>
      state.pay.once(tx, id, () => tx.execute(sql`INSERT INTO paid VALUES (${number})`)),
    )
    return null
  })
  const order = (number: number, delay?: '1s'): Promise<void> =>
    state.write(async (_tx, changes) => {
      changes.enqueue(pay, { number }, { id: `order ${number}`, ...(delay && { delay }) })
      changes.emit(moves, { agent: 'a' }, { version: number, note: '' })
    })
  const paid = async (): Promise<number[]> =>
    (await agents.pool.query('SELECT number FROM paid ORDER BY number')).rows.map((row) => row.number)
  const told = async (): Promise<number[]> =>
    (await state.moves.history({ agent: 'a' })).map(({ value }) => value.version)

  await order(1)
  await eventually(async () => (await paid()).length === 1)
  // This one waits in Redis when that goes, and the next one for Redis.
  await order(2, '1s')
  await eventually(async () => (await state.pay.counts()).delayed === 1)
  await redis.stop()
  await order(3)
  const { port } = redis
  const password = new URL(redis.url).password
  const again = await startRedis({ binary: await findRedis(), afterKill: 'stop', port, password })
  onTestFinished(() => again.stop())
  const done = async (): Promise<number> => (await state.pay.counts().catch(() => ({ done: 0 }))).done
  await eventually(async () => (await done()) === 3, 20_000)
  expect(await paid()).toEqual([1, 2, 3])
  // The first one was done before: its job came again, its effect did not.
  expect(starts.filter((number) => number === 1)).toHaveLength(2)
  await eventually(async () => (await told()).length === 3)
  expect(await told()).toEqual([1, 2, 3])
})
