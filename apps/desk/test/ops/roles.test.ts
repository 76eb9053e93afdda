import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { systemClock } from 'holdfast'
import { redisStore } from 'holdfast/redis'
import pg from 'pg'
import { describe, expect, onTestFinished, test } from 'vitest'
import { eventually } from '../../../../test/servers/eventually.ts'
import { openDatabase } from '../../src/db/database.ts'
import type { EndedTrade } from '../../src/domain/events.ts'
import { createBoard } from '../../src/market/board.ts'
import { partBlock } from '../../src/ops/ready-block.ts'
import { readSettings } from '../../src/ops/settings.ts'
import { type DeskState, openState } from '../../src/ops/state.ts'
import { get, sign, useDesks } from './start-desk.ts'

const desks = useDesks()

/** Which states did which jobs. */
function jobsDone(): { readonly id: string; readonly state: string; readonly keyspace: string }[] {
  const done: { id: string; state: string; keyspace: string; outcome: string }[] = []
  const listen = (message: unknown): void => void done.push(message as (typeof done)[number])
  subscribe('holdfast:job', listen)
  onTestFinished(() => void unsubscribe('holdfast:job', listen))
  return done
}

const ended = (index: number): EndedTrade => ({
  userId: '00000000-0000-4000-8000-000000000000',
  agentId: 'nobody',
  intentId: `intent ${index}`,
  side: 'buy',
  symbol: 'SOL',
  reason: 'manual',
  transaction: null,
  error: { code: 'NEVER_SENT', message: 'The order was not sent.' },
})

test('workers apart share the jobs of an API without any, and a tick fires once over all', async () => {
  const redis = await desks.redis()
  const DATABASE_URL = await desks.database()
  const real = { DATABASE_URL, REDIS_URL: redis.url }
  const done = jobsDone()
  const api = await desks.start({ ...real, ROLES: 'api', JWT_SECRET: 's'.repeat(32) })
  const pool = new pg.Pool({ connectionString: DATABASE_URL, max: 1 })
  desks.cleanUp(() => pool.end())
  const tickMs = Math.floor(Date.now() / 60_000) * 60_000
  // No worker was there for the last minutes.
  await pool.query(
    `INSERT INTO holdfast_schedule (key, last_ms) VALUES ('desk:schedule:agents', $1)
    ON CONFLICT (key) DO UPDATE SET last_ms = $1`,
    [tickMs - 180_000],
  )

  const [one] = await Promise.all([
    desks.startPart({ ...real, ROLES: 'worker,relay' }),
    desks.startPart({ ...real, ROLES: 'worker' }),
  ])
  expect(partBlock(one)).toMatch(/Roles +worker, relay\n/)
  const database = await openDatabase(DATABASE_URL, systemClock)
  const store = redisStore({ url: redis.url, namespace: 'desk' })
  const board = createBoard(systemClock)
  const state: DeskState = await openState(store, { db: database.db, board }, systemClock, { relay: false })
  desks.cleanUp(() => database.close())
  desks.cleanUp(() => state.close())
  await eventually(async () => (await state.agentSchedule.view()).last.getTime() >= tickMs, 15_000)
  const ran = `schedule:agents@${(await state.agentSchedule.view()).last.getTime()}`
  await eventually(async () => (await state.agentRuns.find(ran))?.state === 'done', 15_000)
  expect(done.filter(({ id }) => id === ran)).toHaveLength(1)

  // What the API commits is done elsewhere: the demo buys, and is told.
  const { token } = await sign(api, 'login', api.demo)
  const { agents } = await get<{ agents: { id: string; name: string }[] }>(api, '/api/v1/agents', token)
  const agentId = agents.find(({ name }) => name === 'Momentum')?.id ?? ''
  const order = {
    agentId,
    side: 'buy',
    chain: 'solana',
    asset: 'So11111111111111111111111111111111111111112',
  }
  const buy = () =>
    fetch(`${api.url}/api/v1/trades`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        'idempotency-key': 'one',
      },
      body: JSON.stringify({ ...order, amount: '100' }),
    })
  await eventually(async () => [200, 201].includes((await buy()).status))
  const { user } = await get<{ user: { id: string } }>(api, '/api/v1/auth/me', token)
  await eventually(async () => (await state.notifications.history({ userId: user.id })).length === 1)

  await state.notify.addMany(
    Array.from({ length: 200 }, (_, index) => ({ job: ended(index), options: { id: `shared ${index}` } })),
  )
  await eventually(() => done.filter(({ id }) => id.startsWith('shared')).length === 200)
  const workers = new Set(done.filter(({ id }) => id.startsWith('shared')).map((job) => job.state))
  expect(workers.size).toBe(2)
  // The one that goes leaves its jobs to the other.
  await one.stop()
  await state.notify.add(ended(200), { id: 'last' })
  await eventually(async () => (await state.notify.find('last'))?.state === 'done')
}, 60_000)

describe('roles that cannot be', () => {
  test.each([
    ['feed', /^ROLES: must be some of api, worker, relay, with commas between them$/],
    ['api;worker', /^ROLES: must be some of/],
    ['api,,relay', /^ROLES: must be some of/],
  ])('%s', (ROLES, message) => {
    expect(() => readSettings({ ROLES }, {})).toThrow(
      expect.objectContaining({ code: 'SETTING', message: expect.stringMatching(message) }),
    )
  })

  test('are those that leave work to others who would not see it', async () => {
    const refused = {
      code: 'SETTING',
      message: expect.stringMatching(/^ROLES: leaves worker and relay to other/),
    }
    await expect(desks.start({ ROLES: 'api' })).rejects.toMatchObject(refused)
    await expect(desks.startPart({ ROLES: 'worker' })).rejects.toMatchObject({
      message: expect.stringMatching(/^ROLES: leaves api and relay .*DATABASE_URL and REDIS_URL/),
    })
  })
})
