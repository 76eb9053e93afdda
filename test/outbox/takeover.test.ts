import { redisStore } from 'holdfast/redis'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { useProgram } from '../processes/program.ts'
import { eventually } from '../servers/eventually.ts'
import { type FreshDatabase, freshDatabase } from '../servers/postgres.ts'
import { freshRedis } from '../servers/redis.ts'
import { type Agents, move, openAgents } from './desk.ts'

// A relay is killed with SIGKILL while it hands on; another one goes on when its lease is over.

const start = useProgram(new URL('./relay-process.ts', import.meta.url))
let database: FreshDatabase
let agents: Agents
beforeAll(async () => {
  database = await freshDatabase()
  agents = await openAgents(database.url)
})
afterAll(async () => {
  await agents.close()
  await database.drop()
})

const LEASE_MS = 1_000

test('events go on within seconds, none lost, none twice, in their order', { timeout: 30_000 }, async () => {
  const redis = freshRedis()
  const writer = await agents.open(redisStore(redis), { outbox: { relay: false } })
  onTestFinished(() => writer.close())
  const relay = async () => {
    const child = start({ databaseUrl: database.url, redis })
    expect(await child.next()).toBe('ready')
    return child
  }
  const owner = async (): Promise<string> =>
    (await agents.pool.query('SELECT owner FROM holdfast_relay')).rows[0]?.owner
  const told = async (): Promise<number[]> =>
    (await writer.moves.history({ agent: 'a' }, 10_000)).map(({ value }) => value.version)

  const first = await relay()
  await eventually(async () => (await owner()) !== undefined)
  const second = await relay()
  const before = await owner()
  const enough = new AbortController()
  const writing = (async () => {
    let count = 0
    for (; !enough.signal.aborted; count++) await move(writer, 'a')
    return count
  })()
  await eventually(async () => (await told()).length > 20)
  await first.kill()
  const killedMs = performance.now()
  await eventually(async () => (await owner()) !== before)
  const tookMs = performance.now() - killedMs
  enough.abort()
  const written = await writing
  await eventually(async () => (await told()).length >= written)
  expect(await told()).toEqual(Array.from({ length: written }, (_, index) => index + 1))
  // Not before its lease was over, or two would have relayed; a renewal may lie up to a quarter of it back.
  expect(tookMs).toBeGreaterThan(LEASE_MS / 2)
  expect(tookMs).toBeLessThan(5_000)
  await second.kill()
})
