import { systemClock } from 'holdfast'
import { redisStore } from 'holdfast/redis'
import { virtualClock } from 'holdfast/testing'
import { describe, expect, onTestFinished, test } from 'vitest'
import { eventually } from '../../../../test/servers/eventually.ts'
import { privateRedis } from '../../../../test/servers/redis.ts'
import { openDatabase } from '../../src/db/database.ts'
import { createBoard } from '../../src/market/board.ts'
import { readinessChecks } from '../../src/ops/checks.ts'
import { openState } from '../../src/ops/state.ts'
import { proxyTo } from '../db/proxy.ts'
import { manualSource } from '../market/manual-source.ts'
import { openTestDesk, SOL, useDatabase } from '../test-desk.ts'

const database = useDatabase()
const fine = { ping: async () => undefined }
const fineStore = { ping: async () => 'redis' }
const busyBoard = { silenceMs: () => 120 }

type Checks = Parameters<typeof readinessChecks>

/** Asks a desk with these dependencies whether it is ready. */
async function ready(...checks: Checks) {
  const desk = await openTestDesk({ database: database.open, checks: readinessChecks(...checks) })
  onTestFinished(() => desk.close())
  const startedMs = performance.now()
  const answer = await desk.app.inject({ url: '/health/ready' })
  const check = (name: string) => answer.json().checks.find((each: { name: string }) => each.name === name)
  return { desk, answer, check, tookMs: performance.now() - startedMs }
}

test('live says that the process runs, whatever else does', async () => {
  const down = { ping: () => Promise.reject(new Error('down')) }
  const { desk } = await ready(
    down,
    { ping: () => Promise.reject(new Error('down')) },
    busyBoard,
    manualSource(),
  )
  const answer = await desk.app.inject({ url: '/health/live' })
  expect([answer.statusCode, answer.json()]).toEqual([200, { status: 'ok', checks: [] }])
})

test('ready names everything that answers', async () => {
  const { answer } = await ready(database.open, fineStore, busyBoard, manualSource())
  expect(answer.statusCode).toBe(200)
  expect(answer.json()).toEqual({
    status: 'ok',
    checks: [
      { name: 'database', status: 'ok', detail: 'PostgreSQL answers' },
      { name: 'store', status: 'ok', detail: 'redis answers' },
      { name: 'prices', status: 'ok', detail: 'last tick 120 ms ago' },
    ],
  })
})

describe('not ready', () => {
  test('when the database hangs, in time, without telling strangers where it is', async () => {
    const proxy = await proxyTo(database.url)
    onTestFinished(() => proxy.close())
    const clock = virtualClock()
    const hung = await openDatabase(proxy.url, clock)
    proxy.stall()
    const checks = readinessChecks(hung, fineStore, busyBoard, manualSource())
    const desk = await openTestDesk({ database: database.open, checks })
    onTestFinished(() => desk.close())
    const asking = desk.app.inject({ url: '/health/ready' })
    await eventually(() => clock.pending > 0)
    await clock.advance(2_000)
    const answer = await asking
    expect(answer.statusCode).toBe(503)
    expect(answer.json()).toMatchObject({
      status: 'failing',
      checks: [
        { name: 'database', status: 'failing', detail: 'PostgreSQL does not answer' },
        { name: 'store', status: 'ok' },
        { name: 'prices', status: 'ok' },
      ],
    })
    // The operator reads why.
    expect(JSON.stringify(desk.logged.filter(({ msg }) => msg === 'not ready'))).toContain('no answer within')
  })

  test('when Redis is frozen, and when it is gone', async () => {
    const redis = await privateRedis()
    onTestFinished(() => redis.stop())
    const deps = { db: database.open.db, board: createBoard(systemClock) }
    const state = await openState(redisStore({ url: redis.url }), deps, systemClock)
    onTestFinished(() => state.close())
    expect((await ready(fine, state, busyBoard, manualSource())).check('store').detail).toBe('redis answers')
    process.kill(redis.pid, 'SIGSTOP')
    const frozen = await ready(fine, state, busyBoard, manualSource())
    expect(frozen.check('store')).toMatchObject({ status: 'failing', detail: 'the store does not answer' })
    expect(frozen.tookMs).toBeLessThan(3_500)
    process.kill(redis.pid, 'SIGKILL')
    const gone = await ready(fine, state, busyBoard, manualSource())
    expect(gone.check('store')).toMatchObject({ status: 'failing', detail: 'the store does not answer' })
    expect(gone.tookMs).toBeLessThan(3_500)
  })

  test('when a check never answers', async () => {
    const clock = virtualClock()
    const checks = [{ name: 'black hole', probe: () => new Promise<string>(() => undefined) }]
    const desk = await openTestDesk({ database: database.open, clock, checks })
    onTestFinished(() => desk.close())
    const asking = desk.app.inject({ url: '/health/ready' })
    await clock.advance(3_000)
    expect((await asking).json().checks).toEqual([
      { name: 'black hole', status: 'failing', detail: 'no answer within 3000 ms' },
    ])
  })

  test('before the first tick, and when the feed falls silent', async () => {
    const clock = virtualClock()
    const board = createBoard(clock)
    const checked = async () => (await ready(fine, fineStore, board, manualSource())).check('prices')
    expect(await checked()).toMatchObject({ status: 'failing', detail: 'no tick yet' })
    board.record({ ...SOL, price: '1', quantity: '1', eventTimeMs: 1 })
    await clock.advance(30_000)
    expect(await checked()).toMatchObject({ status: 'ok', detail: 'last tick 30000 ms ago' })
    await clock.advance(1)
    expect(await checked()).toMatchObject({
      status: 'failing',
      detail: 'no tick for 30 s: the feed is silent',
    })
  })
})

describe('a replay', () => {
  const silent = { silenceMs: () => 3_600_000 }
  const replaying = (done: boolean) => ({
    name: 'replay',
    progress: () => ({ ticks: 5, eventTimeMs: 1, lagMs: 0, done }),
  })

  test('may be quiet for as long as its market was', async () => {
    expect((await ready(fine, fineStore, silent, replaying(false))).check('prices')).toMatchObject({
      status: 'ok',
      detail: 'replaying',
    })
  })

  test('that is over leaves the desk ready, with its last prices', async () => {
    expect((await ready(fine, fineStore, silent, replaying(true))).check('prices')).toMatchObject({
      status: 'ok',
      detail: 'the replay is over',
    })
  })
})
