import { drizzle } from 'drizzle-orm/node-postgres'
import { type Duration, memoryStore, open, queue, schedule, type ScheduleSpec, signals } from 'holdfast'
import { drizzleTruth } from 'holdfast/postgres'
import { redisStore } from 'holdfast/redis'
import { scheduleConformance, virtualClock, type VirtualClock } from 'holdfast/testing'
import { systemClock } from 'holdfast'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { postgresSchedules } from '../../../src/kinds/schedule/postgres.ts'
import { eventually } from '../../servers/eventually.ts'
import { poolForTests } from '../../servers/postgres.ts'
import { freshRedis } from '../../servers/redis.ts'
import { topologies } from '../../servers/stores.ts'

// Which tick is fired, by whom, and what becomes of those that nobody was there for.

const pool = await poolForTests()
const truth = () => drizzleTruth(drizzle(pool))

describe('every store', () => {
  let keys = 0
  const freshKey = (): string => `schedule:${keys++}`
  test.each(Object.entries(topologies))('%s', async (_name, make) => {
    const listener = {
      changed: () => undefined,
      ticketChanged: () => undefined,
      lost: () => undefined,
      resumed: () => undefined,
    }
    const store = make()({ clock: systemClock, trackedPrefixes: [], listener })
    await store.connect()
    for (const { run } of scheduleConformance)
      await expect(run({ schedules: store.schedules, freshKey })).resolves.toBeUndefined()
    await store.close()
  })
  test('postgres', async () => {
    const schedules = postgresSchedules(truth(), 'test')
    await Promise.all([schedules.start(), schedules.start()])
    for (const { run } of scheduleConformance)
      await expect(run({ schedules, freshKey })).resolves.toBeUndefined()
  })
})

describe('several schedulers of one schedule', () => {
  const beat = schedule({ key: 'beat', about: 'x', every: '100ms' })
  test.each([
    ['Redis', () => ({ store: redisStore(redis) })],
    ['PostgreSQL', () => ({ truth: truth() })],
  ])('%s: each tick is fired once, and pauses are for all', async (_name, options) => {
    redis = freshRedis()
    const states = await Promise.all([1, 2, 3].map(() => open({ beat }, options())))
    const ticks: number[] = []
    for (const state of states) state.beat.start(async (tick) => ticks.push(tick.getTime()))
    await eventually(() => ticks.length >= 12)
    await states[1]?.beat.pause()
    const paused = await states[0]?.beat.view()
    expect(paused?.isPaused).toBe(true)
    const before = ticks.length
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(ticks.length - before).toBeLessThanOrEqual(1)
    await Promise.all(states.slice(0, 2).map((state) => state.close()))
    await states[2]?.beat.resume()
    await eventually(() => ticks.length >= before + 5)
    await states[2]?.close()
    expect(new Set(ticks).size).toBe(ticks.length)
    expect(ticks.every((tick) => tick % 100 === 0)).toBe(true)
    expect(ticks.toSorted((a, b) => a - b)).toEqual(ticks)
    const unbroken = ticks.slice(0, 12)
    expect((unbroken.at(-1) ?? 0) - (unbroken[0] ?? 0)).toBe(1_100)
  })
  let redis = { url: '', namespace: '' }
})

describe('missed ticks', () => {
  const spec = { key: 'tick', about: 'x', every: '1m' as Duration }
  const away = async (more: Partial<ScheduleSpec>, awayMs: number): Promise<number[]> => {
    const clock: VirtualClock = virtualClock()
    const store = memoryStore()
    const declared = { tick: schedule({ ...spec, ...more }) }
    const first = await open(declared, { store, clock })
    const ticks: number[] = []
    const run = async (tick: Date): Promise<unknown> => ticks.push(tick.getTime())
    first.tick.start(run)
    await clock.advance(1_000)
    await first.close()
    const wentMs = clock.wall()
    await clock.advance(awayMs)
    const second = await open(declared, { store, clock })
    ticks.length = 0
    second.tick.start(run)
    await clock.advance(1)
    await second.close()
    return ticks.map((tick) => Math.round((tick - Math.floor(wentMs / 60_000) * 60_000) / 60_000))
  }
  test('skip: they are gone, but for one that is not late yet', async () => {
    expect(await away({ missed: 'skip', tolerance: '1ms' }, 5 * 60_000 + 20_000)).toEqual([])
    expect(await away({ missed: 'skip', tolerance: '1m' }, 5 * 60_000 + 20_000)).toEqual([5])
  })
  test('once: the latest is made up for', async () => {
    expect(await away({ missed: 'once' }, 5 * 60_000 + 20_000)).toEqual([5])
  })
  test('all: each is, the oldest first, up to the bound', async () => {
    expect(await away({ missed: 'all' }, 5 * 60_000 + 20_000)).toEqual([1, 2, 3, 4, 5])
    expect(await away({ missed: 'all', mostMissed: 2 }, 5 * 60_000 + 20_000)).toEqual([4, 5])
  })
})

test('a tick that enqueues adds its job once, though it failed before it counted', async () => {
  const jobs = queue({ key: 'jobs', about: 'x', job: z.object({ at: z.string() }), result: z.null() })
  const beat = schedule({ key: 'beat2', about: 'x', every: '200ms', missed: 'all' })
  const options = { store: redisStore(freshRedis()) }
  const states = await Promise.all([1, 2, 3].map(() => open({ jobs, beat }, options)))
  let failures = 2
  for (const state of states)
    state.beat.enqueue(
      {
        async add(job: { at: string }, more) {
          await state.jobs.add(job, more)
          // As if it died between adding the job and saying so.
          if (failures-- > 0) throw new Error('died')
        },
      },
      (tick) => ({ at: tick.toISOString() }),
    )
  const done: string[] = []
  states[0]?.jobs.process(async ({ at }) => {
    done.push(at)
    return null
  })
  await eventually(() => done.length >= 6)
  await Promise.all(states.map((state) => state.close()))
  expect(new Set(done).size).toBe(done.length)
  const ms = done.map((at) => Date.parse(at))
  expect((ms.at(-1) ?? 0) - (ms[0] ?? 0)).toBe((done.length - 1) * 200)
})

test('a run that fails or hangs is bounded, and told', async () => {
  const clock = virtualClock()
  const beat = schedule({ key: 'beat', about: 'x', every: '1m', limit: '1s' })
  const state = await open({ beat }, { clock })
  const told: string[] = []
  const listener = (message: unknown): void => void told.push((message as { event: string }).event)
  signals.tick.subscribe(listener)
  let runs = 0
  let aborted = 0
  state.beat.start(async (_tick, { signal }) => {
    signal.addEventListener('abort', () => aborted++)
    if (++runs === 1) throw new Error('no')
    if (runs === 2) return new Promise(() => undefined)
    return undefined
  })
  await clock.advance(4 * 60_000)
  signals.tick.unsubscribe(listener)
  await state.close()
  expect(told.slice(0, 3)).toEqual(['failed', 'failed', 'fired'])
  expect(aborted).toBeGreaterThanOrEqual(1)
})

describe('cron', () => {
  const next = async (spec: Partial<ScheduleSpec>, from: string, many: number): Promise<string[]> => {
    const state = await open({ it: schedule({ key: 'it', about: 'x', ...spec }) })
    const dates = state.it.next(many, new Date(from))
    await state.close()
    return dates.map((date) => date.toISOString())
  }
  test('a time zone keeps its hour over daylight saving', async () => {
    expect(
      await next({ cron: '0 9 * * *', timeZone: 'America/New_York' }, '2026-03-06T20:00:00Z', 3),
    ).toEqual(['2026-03-07T14:00:00.000Z', '2026-03-08T13:00:00.000Z', '2026-03-09T13:00:00.000Z'])
  })
  test('an hour that comes twice fires once', async () => {
    expect(
      await next({ cron: '30 1 * * *', timeZone: 'America/New_York' }, '2026-10-31T12:00:00Z', 2),
    ).toEqual(['2026-11-01T05:30:00.000Z', '2026-11-02T06:30:00.000Z'])
  })
  test('an hour that does not exist fires once on that day, at the end of the gap', async () => {
    const found = await next({ cron: '30 2 * * *', timeZone: 'America/New_York' }, '2026-03-07T12:00:00Z', 2)
    expect(found).toEqual(['2026-03-08T07:00:00.000Z', '2026-03-09T06:30:00.000Z'])
  })
  test.each([
    [{ cron: '0 0 31 2 *' }, 'cron'],
    [{ cron: 'now' }, 'cron'],
    [{ cron: '* * * * *', every: '1s' }, 'cron'],
    [{}, 'cron'],
    [{ cron: '* * * * *', timeZone: 'Mars/Olympus' }, 'timeZone'],
    [{ every: '1s', timeZone: 'UTC' }, 'timeZone'],
    [{ every: '1ms' }, 'every'],
    [{ every: '1s', missed: 'some' }, 'missed'],
    [{ every: '1s', key: 'a:{b}' }, 'key'],
  ])('%o is refused, by the name of its field', (spec, field) => {
    expect(() => schedule({ key: 'it', about: 'x', ...spec } as never)).toThrow(
      expect.objectContaining({ code: 'HF_DECLARATION', field: expect.stringContaining(`.${field}`) }),
    )
  })
})
