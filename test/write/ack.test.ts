import { type Changes, NestedWriteError } from 'holdfast'
import { redisStore } from 'holdfast/redis'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { type Bank, type BankState, openBank, setAmount, type Session } from '../kinds/strong/bank.ts'
import { proxyTo, type Proxy } from '../servers/proxy.ts'
import { type FreshDatabase, freshDatabase } from '../servers/postgres.ts'
import { freshRedis } from '../servers/redis.ts'
import { eventually } from '../servers/eventually.ts'

// When a write resolves, and what may not be inside of it.

let database: FreshDatabase
let bank: Bank
let proxy: Proxy
let a: BankState
let b: BankState
const redis = freshRedis()
const id = { id: 'x' }

beforeAll(async () => {
  database = await freshDatabase()
  bank = await openBank(database.url)
})
afterAll(async () => {
  await bank.close()
  await database.drop()
})
beforeEach(async () => {
  proxy = await proxyTo(redis.url)
  a = await bank.node(redisStore({ ...redis, url: proxy.url, commandTimeout: '400ms' }))
  b = await bank.node(redisStore(redis))
})
afterEach(async () => {
  delete bank.interrupt.afterCommit
  await Promise.all([a.close(), b.close(), proxy.close()])
})

const setTo =
  (amount: number) =>
  async (tx: Session, changes: Changes): Promise<number> => {
    changes.put(bank.keyspaces.account, id)
    return setAmount(tx, id.id, amount)
  }

test('acknowledged at the COMMIT: resolves before it has settled, and is seen by every read', async () => {
  await a.write(setTo(1))
  // The settlement gets no answer: a write that waited for it would take as long as a command may.
  bank.interrupt.afterCommit = async () => proxy.loseRequests()
  const startedMs = performance.now()
  await a.write(setTo(2), { ack: 'commit' })
  expect(performance.now() - startedMs).toBeLessThan(300)
  expect((await b.account.get(id))?.amount).toBe('2')
  await eventually(async () => (await b.account.read(id)).tier === 'l2')
})

test('without that it resolves when it has settled', async () => {
  bank.interrupt.afterCommit = async () => proxy.loseRequests()
  const startedMs = performance.now()
  await a.write(setTo(3))
  expect(performance.now() - startedMs).toBeGreaterThan(350)
  await eventually(async () => (await b.account.read(id)).tier === 'l2')
})

test('what is acknowledged and not settled is, before the state is closed', async () => {
  const c = await bank.node(redisStore(redis))
  await Promise.all(Array.from({ length: 20 }, (_, index) => c.write(setTo(index), { ack: 'commit' })))
  await c.close()
  const { fenced } = b.account.counts()
  await b.account.read(id)
  expect(b.account.counts().fenced).toBe(fenced)
})

test('a write inside of a write is refused, however deep; one after it is not', async () => {
  const later: (() => Promise<unknown>)[] = []
  await b.write(setTo(4))
  await expect(
    b.write(async (tx, changes) => {
      await setTo(5)(tx, changes)
      await Promise.resolve().then(() => b.write(setTo(6)))
    }),
  ).rejects.toThrow(NestedWriteError)
  expect((await b.account.get(id))?.amount).toBe('4')
  await b.write(async (tx, changes) => {
    await setTo(7)(tx, changes)
    // It goes on after the body has ended.
    later.push(() => b.write(setTo(8)))
  })
  for (const write of later) await write()
  expect((await b.account.get(id))?.amount).toBe('8')
})
