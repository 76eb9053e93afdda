import { drizzle } from 'drizzle-orm/node-postgres'
import {
  ClosedError,
  DeclarationError,
  InvalidValueError,
  JobRefusedError,
  JobTimeoutError,
  memoryStore,
  open,
  queue,
  type State,
  systemRandom,
  ValueTooLargeError,
} from 'holdfast'
import { drizzleTruth } from 'holdfast/postgres'
import { redisStore } from 'holdfast/redis'
import { virtualClock } from 'holdfast/testing'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { eventually } from '../../servers/eventually.ts'
import { type FreshDatabase, freshDatabase } from '../../servers/postgres.ts'
import { freshRedis } from '../../servers/redis.ts'
import type { Session } from '../strong/bank.ts'

// What a queue promises on every backend, and what holds for the handler of a job.

const Order = z.object({ user: z.string(), amount: z.bigint() })
const notify = queue({
  key: 'notify',
  about: 'Messages to users.',
  job: Order,
  result: z.object({ sent: z.bigint() }),
  backoff: { first: '20ms', jitter: 0 },
  softLimit: '100ms',
  hardLimit: '300ms',
  concurrency: 2,
  maxValueBytes: 200,
})
const keyspaces = { notify }

let database: FreshDatabase
let pool: pg.Pool
const truth = (): ReturnType<typeof drizzleTruth<Session>> => drizzleTruth<Session>(drizzle(pool))
beforeAll(async () => {
  database = await freshDatabase()
  pool = new pg.Pool({ connectionString: database.url, query_timeout: 10_000 })
  pool.on('error', () => undefined)
  await pool.query('CREATE TABLE sent (id text)')
})
afterAll(async () => {
  await pool.end()
  await database.drop()
})

const states: Readonly<Record<string, () => Promise<State<typeof keyspaces, Session>>>> = {
  'in memory': async () => (await open(keyspaces)) as State<typeof keyspaces, Session>,
  'in PostgreSQL': () => open(keyspaces, { truth: truth() }),
  'in Redis': () => open(keyspaces, { store: redisStore(freshRedis()), truth: truth() }),
}

describe.each(Object.entries(states))('%s', (_place, make) => {
  let state: State<typeof keyspaces, Session>
  let jobs = 0
  beforeAll(async () => {
    await pool.query('DROP TABLE IF EXISTS holdfast_job')
    state = await make()
  })
  afterAll(() => state.close())
  const add = (user: string): Promise<string> =>
    state.notify.add({ user, amount: 7n }, { id: `${user}-${jobs++}` })
  const ended = async (id: string): Promise<NonNullable<Awaited<ReturnType<typeof state.notify.find>>>> => {
    await eventually(async () => /^(done|dead)$/.test((await state.notify.find(id))?.state ?? ''))
    const found = await state.notify.find(id)
    if (!found) throw new Error('gone')
    return found
  }

  test('a job is done with its types, and what throws, hangs or ignores its signal is bounded', async () => {
    const signals: unknown[] = []
    let hanging = 0
    const worker = state.notify.process(async ({ user, amount }, { signal, attempt, report }) => {
      if (user === 'throws') throw new Error(`no. ${attempt}`)
      if (user === 'refuses') throw new JobRefusedError('unknown user')
      if (user === 'wrong') return { sent: 'none' as unknown as bigint }
      if (user === 'obeys')
        return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
      if (user === 'ignores') {
        hanging++
        signal.addEventListener('abort', () => signals.push(signal.reason))
        return new Promise(() => undefined)
      }
      await report('counted')
      return { sent: amount + 1n }
    })
    const [good, throws, refuses, wrong, obeys, ignores] = (await Promise.all(
      ['good', 'throws', 'refuses', 'wrong', 'obeys', 'ignores'].map(add),
    )) as [string, string, string, string, string, string]
    expect(await ended(good)).toMatchObject({
      state: 'done',
      job: { user: 'good', amount: 7n },
      result: { sent: 8n },
      progress: 'counted',
      attempts: 1,
    })
    expect(await ended(throws)).toMatchObject({ state: 'dead', attempts: 3, reason: 'Error: no. 3' })
    expect(await ended(refuses)).toMatchObject({
      state: 'dead',
      attempts: 1,
      reason: 'JobRefusedError: unknown user',
    })
    expect(await ended(wrong)).toMatchObject({
      state: 'dead',
      attempts: 1,
      reason: expect.stringContaining('sent'),
    })
    expect(await ended(obeys)).toMatchObject({
      state: 'dead',
      attempts: 3,
      reason: expect.stringContaining('soft limit'),
    })
    expect(await ended(ignores)).toMatchObject({
      state: 'dead',
      attempts: 3,
      reason: expect.stringContaining('hard limit'),
    })
    expect(hanging).toBe(3)
    expect(signals).toHaveLength(3)
    expect(signals[0]).toBeInstanceOf(JobTimeoutError)
    // All its slots are free again, whatever still hangs.
    expect(await ended(await add('after'))).toMatchObject({ state: 'done' })
    expect((await state.notify.dead()).map(({ id }) => id).toSorted()).toEqual(
      [throws, refuses, wrong, obeys, ignores].toSorted(),
    )
    expect(await worker.drain()).toBe(true)
  })

  test('what a schema or a limit refuses is not added', async () => {
    const before = await state.notify.counts()
    const add = (job: unknown, options?: object): Promise<string> => state.notify.add(job as never, options)
    await expect(add({ user: 'x' })).rejects.toThrow(InvalidValueError)
    await expect(add({ user: 'x'.repeat(300), amount: 1n })).rejects.toThrow(ValueTooLargeError)
    await expect(add({ user: 'x', amount: 1n }, { priority: -1 })).rejects.toThrow(DeclarationError)
    await expect(add({ user: 'x', amount: 1n }, { delay: 'soon' })).rejects.toThrow(DeclarationError)
    await expect(add({ user: 'x', amount: 1n }, { id: '' })).rejects.toThrow(DeclarationError)
    await expect(
      state.notify.addMany([{ job: { user: 'fine', amount: 1n } }, { job: { user: 'x' } as never }]),
    ).rejects.toThrow(InvalidValueError)
    expect(await state.notify.counts()).toEqual(before)
  })

  test('a drain has a deadline, and its jobs come back', async () => {
    const id = await add('slow')
    let isStarted = false
    const worker = state.notify.process(() => {
      isStarted = true
      return new Promise(() => undefined)
    })
    await eventually(() => isStarted)
    expect(await worker.drain('50ms')).toBe(false)
    expect(await state.notify.find(id)).toMatchObject({ attempts: 1 })
  })
})

describe('enqueue', () => {
  test.each(['in PostgreSQL', 'in Redis'])(
    '%s: a write adds its jobs by its commit, and none when it is rolled back',
    async (place) => {
      await pool.query('DROP TABLE IF EXISTS holdfast_job')
      const state = await (states[place] as (typeof states)[string])()
      const done: string[] = []
      state.notify.process(async ({ user }, { id }) => {
        done.push(`${user} ${id}`)
        return { sent: 1n }
      })
      await expect(
        state.write(async (_tx, changes) => {
          changes.enqueue(notify, { user: 'rolled back', amount: 1n })
          throw new Error('no')
        }),
      ).rejects.toThrow('no')
      await state.write(async (_tx, changes) => {
        changes.enqueue(notify, { user: 'committed', amount: 1n }, { id: 'a' })
        changes.enqueue(notify, { user: 'committed again', amount: 1n }, { id: 'a' })
        changes.enqueue(notify, { user: 'later', amount: 1n }, { id: 'b', delay: '200ms' })
        expect(() => changes.enqueue(notify, { user: 'wrong' } as never)).toThrow(InvalidValueError)
        expect(() => changes.enqueue(notify, { user: 'x', amount: 1n }, { priority: -1 })).toThrow(
          DeclarationError,
        )
      })
      await eventually(() => done.length === 2)
      expect(done).toEqual(['committed a', 'later b'])
      await state.close()
    },
  )
})

describe('once', () => {
  test('however often a job is done, its effect in the truth is there once', async () => {
    const state = await open(keyspaces, { truth: truth() })
    const run = (): Promise<unknown> =>
      state.write((tx) =>
        state.notify.once(tx, 'job 1', async () => {
          await tx.execute("INSERT INTO sent VALUES ('job 1')")
          return 'sent'
        }),
      )
    await expect(
      state.write(async (tx) => {
        await state.notify.once(tx, 'job 1', async () => tx.execute("INSERT INTO sent VALUES ('job 1')"))
        throw new Error('rolled back')
      }),
    ).rejects.toThrow('rolled back')
    const all = await Promise.all([run(), run(), run(), run()])
    expect(all.filter((one) => (one as { isFirst: boolean }).isFirst)).toEqual([
      { isFirst: true, result: 'sent' },
    ])
    expect((await pool.query('SELECT * FROM sent')).rowCount).toBe(1)
    expect(await state.notify.sweepOnce('1h')).toBe(0)
    await pool.query("UPDATE holdfast_job_effect SET at = now() - interval '2 hours'")
    expect(await state.notify.sweepOnce('1h')).toBe(1)
    await state.close()
  })

  test('it needs a truth', async () => {
    const state = (await open(keyspaces)) as State<typeof keyspaces, Session>
    await expect(state.notify.once(undefined as never, 'x', async () => 1)).rejects.toThrow(DeclarationError)
    await state.close()
    await expect(state.notify.counts()).rejects.toThrow(ClosedError)
  })
})

test('a job of an older producer that the schema refuses by now is dead, with the reason', async () => {
  const store = memoryStore()
  const older = await open({ notify: queue({ ...spec, job: z.object({ to: z.string() }) }) }, { store })
  const newer = await open({ notify: queue({ ...spec, job: Order }) }, { store })
  const id = await older.notify.add({ to: 'x' })
  let started = 0
  newer.notify.process(async () => {
    started++
    return null
  })
  await eventually(async () => (await newer.notify.find(id))?.state === 'dead')
  expect(await newer.notify.find(id)).toMatchObject({
    job: undefined,
    reason: expect.stringContaining('user'),
  })
  expect(started).toBe(0)
  await Promise.all([older.close(), newer.close()])
})

test('the wait doubles up to its most, and a part of it is random', async () => {
  const clock = virtualClock()
  const random = { ...systemRandom, token: () => 'worker', float: () => 0.5 }
  const failing = queue({
    ...spec,
    job: z.string(),
    attempts: 4,
    backoff: { first: '10s', most: '25s', jitter: 0.4 },
  })
  const state = await open({ failing }, { clock, random })
  const atMs: number[] = []
  state.failing.process(async () => {
    atMs.push(clock.now())
    throw new Error('no')
  })
  await state.failing.add('x', { id: 'x' })
  await clock.advance(120_000)
  const waits = atMs.slice(1).map((ms, index) => ms - (atMs[index] ?? 0))
  // 10 s, 20 s and 25 s, each less a fifth; looked for every 200 ms.
  ;[8_000, 16_000, 20_000].forEach((expected, index) => {
    expect(waits[index]).toBeGreaterThanOrEqual(expected)
    expect(waits[index]).toBeLessThanOrEqual(expected + 200)
  })
  await state.close()
})

const spec = { key: 'jobs', about: 'x', result: z.null() } as const

test.each([
  [{ ...spec, key: 'a:{b}' }, 'key'],
  [{ ...spec, job: undefined }, 'job'],
  [{ ...spec, attempts: 0 }, 'attempts'],
  [{ ...spec, softLimit: '2m' }, 'softLimit'],
  [{ ...spec, lease: '1ms' }, 'lease'],
  [{ ...spec, concurrency: 1.5 }, 'concurrency'],
  [{ ...spec, backoff: { first: '1s', jitter: 2 } }, 'backoff.jitter'],
  [{ ...spec, backoff: { first: '1s', most: '1ms' } }, 'backoff.most'],
  [{ ...spec, rate: { max: 0, per: '1s' } }, 'rate.max'],
  [{ ...spec, retries: 1 }, 'retries'],
])('%o is refused, by the name of its field', (wrong, field) => {
  expect(() => queue({ job: z.null(), ...wrong } as never)).toThrow(
    expect.objectContaining({ code: 'HF_DECLARATION', field: expect.stringContaining(`.${field}`) }),
  )
})
