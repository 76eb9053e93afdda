import { memoryStore, WriteUnknownError } from 'holdfast'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { type Bank, type BankState, openBank, setAmount } from '../kinds/strong/bank.ts'
import { eventually } from '../servers/eventually.ts'
import { type FreshDatabase, freshDatabase } from '../servers/postgres.ts'
import { type Proxy, proxyTo } from '../servers/proxy.ts'

// The connection breaks around the COMMIT. PostgreSQL knows how it ended, and is asked.

let database: FreshDatabase
let observer: pg.Pool
let proxy: Proxy
let bank: Bank
let state: BankState
let counter = 0
let id: { id: string }

beforeAll(async () => {
  database = await freshDatabase()
  observer = new pg.Pool({ connectionString: database.url, query_timeout: 5_000 })
  observer.on('error', () => undefined)
})
afterAll(async () => {
  await observer.end()
  await database.drop()
})
beforeEach(async () => {
  proxy = await proxyTo(database.url)
  bank = await openBank(proxy.url)
  state = await bank.node(memoryStore())
  id = { id: `l${counter++}` }
  await write(1)
})
afterEach(async () => {
  await proxy.close()
  await state.close()
  await bank.close()
})

const write = (amount: number): Promise<string> =>
  state.write(async (tx, changes) => {
    changes.put(bank.keyspaces.account, id)
    return `version ${await setAmount(tx, id.id, amount)}`
  })
const committedAmount = async (): Promise<string> =>
  String((await observer.query('SELECT amount FROM account WHERE id = $1', [id.id])).rows[0]?.amount)

test('the answer of a commit that happened was lost: the result is returned', async () => {
  bank.interrupt.beforeCommit = async () => {
    proxy.loseAnswers()
    void eventually(async () => (await committedAmount()) === '2').then(proxy.cut)
  }
  expect(await write(2)).toBe('version 2')
  expect(await state.account.read(id)).toEqual({ value: { amount: '2', version: 2 }, tier: 'l2' })
})

test('the commit never reached the server: rolled back, with the error of the driver', async () => {
  bank.interrupt.beforeCommit = async () => {
    proxy.loseRequests()
    setImmediate(proxy.cut)
  }
  await expect(write(2)).rejects.not.toThrow(WriteUnknownError)
  expect(await state.account.read(id)).toMatchObject({ value: { amount: '1' }, tier: 'source' })
  expect(state.account.counts().fenced).toBe(0)
  delete bank.interrupt.beforeCommit
  expect(await write(3)).toBe('version 2')
})

test('the server believes that the transaction goes on: the outcome is not known until it notices', async () => {
  bank.interrupt.beforeCommit = async () => {
    proxy.loseRequests()
    setImmediate(proxy.hangUp)
  }
  const failure = await write(2).catch((error: unknown) => error)
  expect(failure).toBeInstanceOf(WriteUnknownError)
  const { resolve } = failure as WriteUnknownError
  // Right all the same: the fence stands, and PostgreSQL answers.
  expect(await state.account.read(id)).toMatchObject({ value: { amount: '1' }, tier: 'source' })
  expect(await state.account.read(id)).toMatchObject({ value: { amount: '1' }, tier: 'source' })
  expect(await resolve()).toBe('in progress')
  proxy.cut()
  await eventually(async () => (await resolve()) === 'rolled-back')
  await eventually(async () => (await state.account.read(id)).tier === 'l2')
  expect((await state.account.get(id))?.amount).toBe('1')
})

test('PostgreSQL cannot be asked: the outcome is not known until it can', async () => {
  bank.interrupt.beforeCommit = async () => {
    proxy.loseAnswers()
    proxy.refuse(true)
    void eventually(async () => (await committedAmount()) === '2').then(proxy.cut)
  }
  const startedMs = performance.now()
  const failure = await write(2).catch((error: unknown) => error)
  expect(performance.now() - startedMs).toBeLessThan(4_000)
  expect(failure).toBeInstanceOf(WriteUnknownError)
  const { resolve } = failure as WriteUnknownError
  expect(await resolve()).toBe('unknown')
  proxy.refuse(false)
  expect(await resolve()).toBe('committed')
  expect((await state.account.get(id))?.amount).toBe('2')
})

test('PostgreSQL takes the question and does not answer: nobody waits longer than for the outcome', async () => {
  const startedMs = performance.now()
  bank.interrupt.beforeCommit = async () => {
    setImmediate(proxy.cut)
    // Whoever connects again, finds a server that is silent.
    const mute = setInterval(proxy.loseAnswers, 1)
    setTimeout(() => clearInterval(mute), 3_000)
  }
  await expect(write(2)).rejects.toThrow(WriteUnknownError)
  expect(performance.now() - startedMs).toBeLessThan(4_000)
})
