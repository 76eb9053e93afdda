import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from '@redis/client'
import { open, StoreUnavailableError, strong } from 'holdfast'
import { type EmbeddedRedis, findRedis, startRedis } from 'holdfast/embedded'
import { redisStore } from 'holdfast/redis'
import { afterAll, afterEach, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { type Bank, type BankState, openBank, type Session, setAmount } from '../kinds/strong/bank.ts'
import { eventually } from '../servers/eventually.ts'
import { type FreshDatabase, freshDatabase } from '../servers/postgres.ts'

// A Redis that hangs, is cut off, full, restarted or not to be trusted. Strong values stay right, writes fail whole.

let folder: string
let redis: EmbeddedRedis
let database: FreshDatabase
let bank: Bank
let a: BankState
let b: BankState
let counter = 0
let id: { id: string }
let namespace: string

async function start(): Promise<void> {
  const place = redis ? { port: redis.port, password: redis.password } : {}
  redis = await startRedis({ binary: await findRedis(), dir: folder, afterKill: 'stop', ...place })
}
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-outage-'))
  await start()
  database = await freshDatabase()
  bank = await openBank(database.url)
})
afterAll(async () => {
  await bank.close()
  await database.drop()
  await redis.stop()
  await rm(folder, { recursive: true, force: true })
})
beforeEach(async () => {
  // A gate of its own: one that closes again and again opens more slowly.
  namespace = `outage${counter}`
  const store = redisStore({ url: redis.url, namespace, commandTimeout: '300ms' })
  a = await bank.node(store)
  b = await bank.node(store)
  id = { id: `o${counter++}` }
  await put(a, 1)
})
afterEach(async () => {
  delete bank.interrupt.beforeCommit
  await Promise.all([a.close(), b.close()])
})

const put = (state: BankState, amount: number): Promise<number> =>
  state.write(async (tx, changes) => {
    changes.put(bank.keyspaces.account, id)
    return setAmount(tx, id.id, amount)
  })
const touch = (state: BankState, amount: number): Promise<number> =>
  state.write(async (tx, changes) => {
    changes.touch(bank.keyspaces.account, id)
    return setAmount(tx, id.id, amount)
  })
const amount = async (state: BankState): Promise<string | undefined> => (await state.account.get(id))?.amount
/** Resolves once the store answers for the account, with this amount and never another one. */
const storeAnswers = (state: BankState, expected: string): Promise<void> =>
  eventually(async () => {
    const { value, tier } = await state.account.read(id)
    expect(value?.amount).toBe(expected)
    return tier === 'l2'
  }, 15_000)

async function cli(...command: readonly string[]): Promise<unknown> {
  const client = createClient({ url: redis.url })
  await client.connect()
  try {
    return await client.sendCommand([...command])
  } finally {
    client.destroy()
  }
}
/** As by a power cut: what was not saved is lost. */
async function restart(): Promise<void> {
  process.kill(redis.pid, 'SIGKILL')
  await redis.stop()
  await start()
}
const cutConnections = (): Promise<unknown> => cli('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')

test('a hung server: the write is rolled back, reads go to PostgreSQL, late fences are taken down', async () => {
  process.kill(redis.pid, 'SIGSTOP')
  try {
    // The first attempt to fence gets no answer; the second is not sent to a server that is silent.
    await expect(put(a, 2)).rejects.toThrow(StoreUnavailableError)
    expect(await b.account.read(id)).toMatchObject({ value: { amount: '1' }, tier: 'source' })
    expect((await b.account.getMany([id]))[0]?.amount).toBe('1')
    expect(b.account.counts().storeFailures).toBeGreaterThan(0)
  } finally {
    process.kill(redis.pid, 'SIGCONT')
  }
  await storeAnswers(b, '1')
  await storeAnswers(a, '1')
  expect(await put(a, 3)).toBe(2)
  expect(await b.account.read(id)).toMatchObject({ value: { amount: '3' }, tier: 'l2' })
})

test('a server that hangs after the fence: the write is done, and the fence taken down later', async () => {
  bank.interrupt.beforeCommit = async () => void process.kill(redis.pid, 'SIGSTOP')
  try {
    expect(await put(a, 2)).toBe(2)
    expect(await amount(b)).toBe('2')
  } finally {
    process.kill(redis.pid, 'SIGCONT')
  }
  await storeAnswers(b, '2')
})

test('a cut connection: before the fence the write is rolled back or goes over the new one, after it done', async () => {
  const cutInside = a.write(async (tx, changes) => {
    changes.touch(bank.keyspaces.account, id)
    await setAmount(tx, id.id, 2)
    await cutConnections()
    await eventually(() =>
      a.ping().then(
        () => false,
        () => true,
      ),
    )
  })
  // The new connection may be up before the fence: it takes 50 ms.
  const then = await cutInside.then(
    () => '2',
    (error: unknown) => {
      expect(error).toBeInstanceOf(StoreUnavailableError)
      return '1'
    },
  )
  await eventually(async () => (await amount(a)) === then && (await a.ping().catch(() => 'away')) === 'redis')
  await storeAnswers(a, then)
  bank.interrupt.beforeCommit = async () => void (await cutConnections())
  await put(a, 3)
  expect(await amount(b)).toBe('3')
  await storeAnswers(b, '3')
})

test('a server that was restarted while the write was on its way: rolled back', async () => {
  let restarting: (() => Promise<void>) | undefined
  const row = strong({
    key: 'row:{id}',
    about: 'Its load inside a write takes as long as a restart.',
    value: z.string(),
    row: true,
    load: async (_id, tx: Session) => {
      if (tx !== bank.truth.session) await restarting?.()
      return 'x'
    },
  })
  const state = await open(
    { row, account: bank.keyspaces.account },
    { store: redisStore({ url: redis.url, namespace }), truth: bank.truth },
  )
  onTestFinished(() => state.close())
  const move = (): Promise<void> =>
    state.write(async (tx, changes) => {
      changes.put(row, id)
      changes.touch(bank.keyspaces.account, id)
      await setAmount(tx, id.id, 2)
    })
  restarting = async () => {
    await restart()
    await eventually(() =>
      state.ping().then(
        () => true,
        () => false,
      ),
    )
  }
  await expect(move()).rejects.toThrow(/restarted, replaced or flushed before the commit/)
  expect(await amount(b)).toBe('1')
  restarting = undefined
  await storeAnswers(b, '1')
  await move()
  expect(await amount(b)).toBe('2')
})

test('a server that was restarted during the commit: nobody trusts it until that is over', async () => {
  let readsMeanwhile = 0
  bank.interrupt.beforeCommit = async () => {
    await restart()
    // The gate closes, but does not open before this transaction has ended: its fences are lost.
    await eventually(async () => {
      const { value, tier } = await b.account.read(id)
      expect([value?.amount, tier]).toEqual(['1', 'source'])
      readsMeanwhile++
      return a.gate()?.state === 'opening' && b.gate()?.state === 'opening'
    }, 10_000)
  }
  expect(await touch(a, 2)).toBe(2)
  expect(readsMeanwhile).toBeGreaterThan(1)
  expect(await amount(b)).toBe('2')
  await storeAnswers(b, '2')
  await storeAnswers(a, '2')
})

test('a server that comes back with old data: its old values are not found', async () => {
  await storeAnswers(b, '1')
  await cli('SAVE')
  await put(a, 2)
  await storeAnswers(b, '2')
  await restart()
  const old = (await cli('KEYS', `${namespace}:~s:*:account:${id.id}`)) as string[]
  expect(old).toHaveLength(1)
  expect(await cli('GET', old[0] ?? '')).toContain('"amount":"1"')
  for (const state of [a, b]) {
    expect(await amount(state)).toBe('2')
    await storeAnswers(state, '2')
  }
  expect(await cli('KEYS', `${namespace}:~s:*:account:${id.id}`)).toHaveLength(2)
  await rm(join(folder, 'dump.rdb'))
})

test('a full server: fences go up and come down, and nothing old is left', async () => {
  const full = { id: `${id.id}-other` }
  await cli('CONFIG', 'SET', 'maxmemory', '1')
  try {
    expect(await touch(a, 2)).toBe(2)
    expect(await put(a, 3)).toBe(3)
    expect(await b.account.read(id)).toMatchObject({ value: { amount: '3' }, tier: 'source' })
    // No room for a value; but no fence either, also where several had met.
    await Promise.all([put(a, 4), put(b, 5), touch(b, 6)])
    const { fenced } = b.account.counts()
    expect(await b.account.read(id)).toMatchObject({ tier: 'source' })
    expect(await b.account.read(full)).toMatchObject({ tier: 'source' })
    expect(b.account.counts().fenced).toBe(fenced)
  } finally {
    await cli('CONFIG', 'SET', 'maxmemory', '0')
  }
  const { rows } = await bank.pool.query('SELECT amount FROM account WHERE id = $1', [id.id])
  await storeAnswers(b, String(rows[0]?.amount))
})

test.each([
  [
    ['CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru'],
    ['CONFIG', 'SET', 'maxmemory-policy', 'noeviction'],
  ],
  [
    ['REPLICAOF', '127.0.0.1', '1'],
    ['REPLICAOF', 'NO', 'ONE'],
  ],
])('a server after %j is not trusted, and the error says why', async (spoil, mend) => {
  await storeAnswers(b, '1')
  await cli(...spoil)
  try {
    await cutConnections()
    await eventually(() =>
      put(a, 2).then(
        () => false,
        (error: Error) => /maxmemory-policy|replica/.test(error.message),
      ),
    )
    expect(await b.account.read(id)).toMatchObject({ value: { amount: '1' }, tier: 'source' })
  } finally {
    await cli(...mend)
    await cutConnections()
  }
  await storeAnswers(b, '1')
})

test('a server that forgot the scripts gets them again', async () => {
  await cli('SCRIPT', 'FLUSH')
  expect(await put(a, 2)).toBe(2)
  expect(await b.account.read(id)).toMatchObject({ value: { amount: '2' }, tier: 'l2' })
})
