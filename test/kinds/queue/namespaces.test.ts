import { drizzle } from 'drizzle-orm/node-postgres'
import { open, queue, systemClock, systemRandom } from 'holdfast'
import { drizzleTruth } from 'holdfast/postgres'
import { redisStore } from 'holdfast/redis'
import { expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { postgresQueues } from '../../../src/kinds/queue/postgres.ts'
import { postgresSchedules } from '../../../src/kinds/schedule/postgres.ts'
import { poolForTests } from '../../servers/postgres.ts'
import { freshRedis } from '../../servers/redis.ts'

// Two namespaces on one database share tables, and nothing in them.

const pool = await poolForTests()
const truth = () => drizzleTruth(drizzle(pool))

test('jobs', async () => {
  const rules = {
    attempts: 3,
    concurrency: 1,
    leaseMs: 10_000,
    rate: undefined,
    keepDoneMs: 60_000,
    keepDeadMs: 60_000,
    mostKept: 100,
  }
  const [mine, others] = ['a', 'b'].map((namespace) =>
    postgresQueues(truth(), namespace, systemClock, systemRandom)('jobs', rules),
  )
  if (!mine || !others) throw new Error('two were made')
  onTestFinished(async () => void (await Promise.all([mine.close(), others.close()])))
  await Promise.all([mine.start(), others.start()])
  const job = { id: 'one', payload: 'x', delayMs: 0, priority: 0 }
  await mine.add([job])
  expect(await others.find('one')).toBeUndefined()
  expect(await others.remove('one')).toBe(false)
  await others.add([job])
  expect((await mine.counts()).waiting).toBe(1)
  expect(await others.remove('one')).toBe(true)
  expect((await mine.counts()).waiting).toBe(1)
})

test('queues whose names differ in a colon only share no jobs', async () => {
  const declared = (key: string) =>
    queue({ key, about: 'Orders.', job: z.string(), result: z.null(), concurrency: 1 })
  const state = await open(
    { mine: declared('orders:paid'), others: declared('orders.paid') },
    { store: redisStore(freshRedis()) },
  )
  onTestFinished(() => state.close())
  await state.mine.add('x', { id: 'one' })
  expect(await state.others.find('one')).toBeUndefined()
  expect([(await state.mine.counts()).waiting, (await state.others.counts()).waiting]).toEqual([1, 0])
})

test('ticks and pauses', async () => {
  const [mine, others] = [postgresSchedules(truth(), 'a'), postgresSchedules(truth(), 'b')]
  await mine.start()
  const { lastMs } = await mine.look('beat')
  await others.look('beat')
  await others.setPaused('beat', true)
  expect(await mine.move('beat', lastMs, lastMs + 1)).toBe(true)
  expect(await others.look('beat')).toMatchObject({ isPaused: true })
  expect(await mine.look('beat')).toMatchObject({ isPaused: false, lastMs: lastMs + 1 })
})

test('effects of jobs', async () => {
  const jobs = queue({ key: 'jobs', about: 'x', job: z.null(), result: z.null() })
  for (const _ of ['here', 'there']) {
    const state = await open({ jobs }, { store: redisStore(freshRedis()), truth: truth() })
    onTestFinished(() => state.close())
    const ran = await state.write((tx) => state.jobs.once(tx, 'one', async () => 'ran'))
    expect(ran).toEqual({ isFirst: true, result: 'ran' })
    expect(await state.write((tx) => state.jobs.once(tx, 'one', async () => 'ran'))).toEqual({
      isFirst: false,
    })
  }
})
