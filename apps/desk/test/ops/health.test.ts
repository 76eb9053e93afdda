import { once } from 'node:events'
import { createServer } from 'node:net'
import { systemClock } from 'holdfast'
import { freePort } from 'holdfast/embedded'
import { redisStore } from 'holdfast/redis'
import pg from 'pg'
import { describe, expect, onTestFinished, test } from 'vitest'
import { eventually } from '../../../../test/servers/eventually.ts'
import { openDatabase } from '../../src/db/database.ts'
import { createBoard } from '../../src/market/board.ts'
import { partBlock, readyBlock } from '../../src/ops/ready-block.ts'
import { openState } from '../../src/ops/state.ts'
import { problemIn } from '../http/problem.ts'
import { useDesks } from './start-desk.ts'

// Health on a port of its own: of processes that have no other.

const desks = useDesks()

interface Health {
  readonly code: number
  readonly status: string
  readonly checks: Readonly<Record<string, string>>
}

/** What a process says of itself, each check as `<status>: <detail>`. */
async function ask(url: string | null, path: 'live' | 'ready'): Promise<Health> {
  const answer = await fetch(`${url}/health/${path}`)
  const { status, checks } = (await answer.json()) as {
    status: string
    checks: { name: string; status: string; detail: string }[]
  }
  return {
    code: answer.status,
    status,
    checks: Object.fromEntries(checks.map((check) => [check.name, `${check.status}: ${check.detail}`])),
  }
}

async function servers() {
  const [redis, DATABASE_URL] = [await desks.redis(), await desks.database()]
  return { redis, real: { DATABASE_URL, REDIS_URL: redis.url, JWT_SECRET: 's'.repeat(32) } }
}

/** Keeps everybody else from a table until the returned function is called. */
async function lockTable(databaseUrl: string, table: string): Promise<() => Promise<void>> {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  await client.query(`BEGIN; LOCK TABLE ${table}`)
  let ended: Promise<void> | undefined
  const end = (): Promise<void> => (ended ??= client.end())
  desks.cleanUp(end)
  return end
}

const ground = { database: 'ok: PostgreSQL answers', store: 'ok: redis answers' }

test('each role answers where it was told to, and nothing but health', async () => {
  const { redis, real } = await servers()
  const api = await desks.start({ ...real, ROLES: 'api', HEALTH_PORT: '0' })
  const worker = await desks.startPart({ ...real, ROLES: 'worker', HEALTH_PORT: '0' })
  const relay = await desks.startPart({ ...real, ROLES: 'relay', HEALTH_PORT: '0' })
  await eventually(async () => (await ask(api.url, 'ready')).code === 200)
  expect(await ask(api.health, 'ready')).toMatchObject({ code: 200, checks: { ...ground } })
  expect(await ask(worker.health, 'ready')).toEqual({
    code: 200,
    status: 'ok',
    checks: { ...ground, work: 'ok: jobs are taken' },
  })
  expect(await ask(relay.health, 'ready')).toEqual({ code: 200, status: 'ok', checks: ground })
  for (const url of [api.health, worker.health, relay.health]) {
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
    const answer = await fetch(`${url}/api/v1/status`)
    const { status: statusCode, headers } = answer
    expect(
      problemIn({ statusCode, headers: Object.fromEntries(headers), body: await answer.text() }),
    ).toMatchObject({ status: 404, code: 'NOT_FOUND' })
    const { headers: ofHealth } = await fetch(`${url}/health/live`)
    expect(ofHealth.get('cache-control')).toBe('no-store')
  }
  expect(partBlock(worker)).toContain(`Health      ${worker.health}/health/ready\n`)
  expect(readyBlock(api)).toContain(`Health      ${api.health}/health/ready\n`)

  process.kill(redis.pid, 'SIGSTOP')
  desks.cleanUp(async () => void process.kill(redis.pid, 'SIGCONT'))
  await eventually(async () => (await ask(worker.health, 'ready')).code === 503)
  expect((await ask(worker.health, 'ready')).checks).toMatchObject({
    database: ground.database,
    store: 'failing: the store does not answer',
  })
  expect(await ask(worker.health, 'live')).toEqual({ code: 200, status: 'ok', checks: {} })
  process.kill(redis.pid, 'SIGCONT')
  await eventually(async () => (await ask(worker.health, 'ready')).code === 200, 10_000)
  await worker.stop()
  await expect(fetch(`${worker.health}/health/live`)).rejects.toThrow('fetch failed')
}, 60_000)

test('nobody listens who was not told to', async () => {
  const { real } = await servers()
  const part = await desks.startPart({ ...real, ROLES: 'relay' })
  expect(part.health).toBeNull()
  expect(partBlock(part)).not.toContain('Health')
})

describe('a worker is alive, but not ready', () => {
  test('while what was left open is looked after', async () => {
    const { real } = await servers()
    // Makes the tables.
    await (await desks.startPart({ ...real, ROLES: 'relay' })).stop()
    const release = await lockTable(real.DATABASE_URL, 'intents')
    const url = `http://127.0.0.1:${await freePort()}`
    const starting = desks.startPart({ ...real, ROLES: 'worker', HEALTH_PORT: new URL(url).port })
    starting.catch(() => undefined)
    await eventually(() =>
      ask(url, 'live').then(
        ({ code }) => code === 200,
        () => false,
      ),
    )
    expect(await ask(url, 'ready')).toEqual({
      code: 503,
      status: 'failing',
      checks: { ...ground, work: 'failing: no job is taken yet' },
    })
    await release()
    expect((await starting).health).toBe(url)
    expect((await ask(url, 'ready')).code).toBe(200)
  }, 30_000)

  test('while it finishes its jobs', async () => {
    const { redis, real } = await servers()
    const worker = await desks.startPart({ ...real, ROLES: 'worker', HEALTH_PORT: '0' })
    const database = await openDatabase(real.DATABASE_URL, systemClock)
    onTestFinished(() => database.close())
    const store = redisStore({ url: redis.url, namespace: 'desk' })
    const deps = { db: database.db, board: createBoard(systemClock) }
    const state = await openState(store, deps, systemClock, { relay: false })
    onTestFinished(() => state.close())
    const ended = {
      userId: '00000000-0000-4000-8000-000000000000',
      agentId: 'nobody',
      intentId: 'none',
      side: 'buy',
      symbol: 'SOL',
      reason: 'manual',
      transaction: null,
      error: { code: 'NEVER_SENT', message: 'The order was not sent.' },
    } as const
    const stateOf = async (id: string) => (await state.notify.find(id))?.state
    await state.notify.add(ended, { id: 'short' })
    await eventually(async () => (await stateOf('short')) === 'done')
    const release = await lockTable(real.DATABASE_URL, 'holdfast_job_effect')
    await state.notify.add(ended, { id: 'long' })
    await eventually(async () => (await stateOf('long')) === 'active')
    const stopping = worker.stop()
    expect((await ask(worker.health, 'live')).code).toBe(200)
    expect(await ask(worker.health, 'ready')).toMatchObject({
      code: 503,
      checks: { work: 'failing: no job is taken any more: it stops' },
    })
    await release()
    await stopping
    expect(await stateOf('long')).toBe('done')
  }, 30_000)
})

test('a port that is taken is found before anything starts', async () => {
  const squatter = createServer().listen(0, '127.0.0.1')
  onTestFinished(() => void squatter.close())
  await once(squatter, 'listening')
  const { port } = squatter.address() as { port: number }
  const taken = {
    code: 'SETTING',
    message: `HEALTH_PORT: ${port} is in use on 127.0.0.1. Choose another one, or 0 for any that is free.`,
  }
  // No server is there to be asked.
  const nowhere = { DATABASE_URL: 'postgres://127.0.0.1:1/desk', REDIS_URL: 'redis://127.0.0.1:1' }
  const settings = { ...nowhere, HEALTH_PORT: String(port) }
  await expect(desks.startPart({ ...settings, ROLES: 'worker' })).rejects.toMatchObject(taken)
  await expect(desks.start({ ...settings, ROLES: 'api' })).rejects.toMatchObject(taken)
})
