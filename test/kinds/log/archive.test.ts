import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { createClient, RESP_TYPES } from '@redis/client'
import { InvalidValueError, log, open, type StoreFactory } from 'holdfast'
import { pgTruth } from 'holdfast/postgres'
import { redisStore } from 'holdfast/redis'
import { expect, onTestFinished, test } from 'vitest'
import { eventually } from '../../servers/eventually.ts'
import { poolForTests } from '../../servers/postgres.ts'
import { freshRedis } from '../../servers/redis.ts'

// Lines that go from a real Redis to a real PostgreSQL.

const logs = log({ key: 'logs:{service}', about: 'Lines.', maxLength: 1_000 })
const short = log({ key: 'logs:{service}', about: 'Few lines.', maxLength: 20 })

const pool = await poolForTests()
let services = 0

async function world(store: StoreFactory, declared = logs) {
  const state = await open({ logs: declared }, { store, truth: pgTruth(pool) })
  onTestFinished(() => state.close())
  return state
}

const freshService = (): { service: string } => ({ service: `s${services++}` })
const keyOf = ({ service }: { service: string }): string => `logs:${service}`

async function carried(id: { service: string }): Promise<string[]> {
  const { rows } = await pool.query<{ message: string }>(
    'SELECT message FROM holdfast_log WHERE log = $1 ORDER BY at, length(message), message',
    [keyOf(id)],
  )
  return rows.map(({ message }) => message)
}

async function lostOf(id: { service: string }): Promise<number> {
  const { rows } = await pool.query<{ lost: string }>(
    'SELECT lost FROM holdfast_log_position WHERE log = $1',
    [keyOf(id)],
  )
  return Number(rows[0]?.lost)
}

const messages = (count: number, from = 0): string[] =>
  Array.from({ length: count }, (_, index) => `line ${from + index}`)

async function write(state: Awaited<ReturnType<typeof world>>, id: { service: string }, texts: string[]) {
  for (const message of texts) state.logs.write(id, { module: 'test', level: 'info', message })
  await state.logs.flush()
}

test('each line is stored once, by any number of processes at the same time, with what it says', async () => {
  const store = redisStore(freshRedis())
  const id = freshService()
  const nodes = await Promise.all([world(store), world(store), world(store)])
  const archivers = nodes.map((state) => state.logs.archive(id, { every: '20ms' }))
  const all = nodes.map((state, node) => write(state, id, messages(250, node * 1_000)))
  await Promise.all(all)
  await Promise.all(archivers.map((archiver) => archiver.stop()))
  const expected = [0, 1, 2].flatMap((node) => messages(250, node * 1_000))
  expect((await carried(id)).toSorted()).toEqual(expected.toSorted())
  expect(await lostOf(id)).toBe(0)

  const [first] = nodes
  first.logs.write(id, {
    module: "o'hara",
    level: 'error',
    message: "it's \\ \0 done",
    fields: { amount: 5n, nested: { quote: "'" } },
  })
  await first.logs.flush()
  await first.logs.archive(id).stop()
  const { rows } = await pool.query('SELECT * FROM holdfast_log WHERE log = $1 AND level = $2', [
    keyOf(id),
    'error',
  ])
  expect(rows).toMatchObject([
    { module: "o'hara", message: "it's \\ � done", fields: { amount: '5', nested: { quote: "'" } } },
  ])
})

test('what was dropped before it was carried is counted exactly, and told', async () => {
  const losses: unknown[] = []
  const listen = (message: unknown): void => void losses.push(message)
  subscribe('holdfast:log-loss', listen)
  onTestFinished(() => void unsubscribe('holdfast:log-loss', listen))
  const id = freshService()
  const state = await world(redisStore(freshRedis()), short)
  await write(state, id, messages(5))
  await state.logs.archive(id).stop()
  await write(state, id, messages(35, 5))
  await state.logs.archive(id).stop()
  expect(await lostOf(id)).toBe(15)
  expect(losses).toMatchObject([{ keyspace: 'logs', reason: 'store', count: 15 }])
  expect(await carried(id)).toEqual([...messages(5), ...messages(20, 20)])
})

test('a Redis that came back with older data loses no line that is written then', async () => {
  const redis = freshRedis()
  const client = createClient({ url: redis.url }).withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer })
  await client.connect()
  onTestFinished(() => client.close())
  const id = freshService()
  const state = await world(redisStore(redis))
  await write(state, id, messages(50))
  const names = (await client.keys(`${redis.namespace}:*${keyOf(id)}*`)).map(String)
  const backup = await Promise.all(names.map(async (key) => ({ key, dump: await client.dump(key) })))
  await write(state, id, messages(50, 50))
  await state.logs.archive(id).stop()
  for (const { key, dump } of backup) await client.restore(key, 0, dump, { REPLACE: true })
  for (const from of [100, 110]) {
    await write(state, id, messages(10, from))
    await state.logs.archive(id).stop()
  }
  expect(await carried(id)).toEqual(messages(120))
  expect(await lostOf(id)).toBe(0)
})

test('a line whose id PostgreSQL could not store is refused, and those after it are carried', async () => {
  const id = freshService()
  const state = await world(redisStore(freshRedis()))
  const line = { module: 'test', level: 'info', message: 'x' } as const
  for (const wrong of ['a\0b', '', 'x'.repeat(129), 7 as never])
    expect(() => state.logs.write(id, line, wrong)).toThrow(InvalidValueError)
  await write(state, id, messages(1))
  await state.logs.archive(id).stop()
  expect(await carried(id)).toEqual(messages(1))
})

test('a Redis that lost its data begins anew, and nothing is stored twice', async () => {
  const { url, namespace } = freshRedis()
  const id = freshService()
  const state = await world(redisStore({ url, namespace }))
  const archiver = state.logs.archive(id, { every: '20ms' })
  await write(state, id, messages(10))
  await eventually(async () => (await carried(id)).length === 10)
  const client = await createClient({ url }).connect()
  onTestFinished(() => client.destroy())
  for await (const keys of client.scanIterator({ MATCH: `${namespace}:*` }))
    if (keys.length > 0) await client.del(keys)
  await write(state, id, messages(3, 10))
  await eventually(async () => (await carried(id)).length === 13)
  await archiver.stop()
  expect((await carried(id)).toSorted()).toEqual(messages(13).toSorted())
})

test('lines that are old enough are removed', async () => {
  const id = freshService()
  const state = await world(redisStore(freshRedis()))
  await write(state, id, messages(2))
  await state.logs.archive(id).stop()
  await pool.query(
    "UPDATE holdfast_log SET at = at - interval '2 hours' WHERE log = $1 AND message = 'line 0'",
    [keyOf(id)],
  )
  const archiver = state.logs.archive(id, { keep: '1h', every: '20ms' })
  await eventually(async () => (await carried(id)).length === 1)
  await archiver.stop()
  expect(await carried(id)).toEqual(['line 1'])
})

test('when the answer to a COMMIT is lost, what it stored is not stored again', async () => {
  const store = redisStore(freshRedis())
  const id = freshService()
  const truth = pgTruth(pool)
  let lost = 0
  const flaky: typeof truth = {
    ...truth,
    async transaction(body, options) {
      const result = await truth.transaction(body, options)
      // The first batches are committed, and nobody is told.
      if (lost++ < 2) throw new Error('the connection is gone')
      return result
    },
  }
  const state = await open({ logs }, { store, truth: flaky })
  onTestFinished(() => state.close())
  await write(state, id, messages(1_000))
  const archiver = state.logs.archive(id, { every: '20ms' })
  await eventually(async () => (await carried(id)).length === 1_000)
  await archiver.stop()
  expect(lost).toBeGreaterThanOrEqual(2)
  expect(new Set(await carried(id)).size).toBe(1_000)
  expect(await lostOf(id)).toBe(0)
})
