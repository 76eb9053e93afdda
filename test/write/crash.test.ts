import { redisStore } from 'holdfast/redis'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Bank, type BankState, openBank, setAmount } from '../kinds/strong/bank.ts'
import { useProgram } from '../processes/program.ts'
import { eventually } from '../servers/eventually.ts'
import { type FreshDatabase, freshDatabase } from '../servers/postgres.ts'
import { freshRedis } from '../servers/redis.ts'
import type { DyingOrder } from './dying-writer.ts'

// A writer is killed with SIGKILL. Its fences stay, and keep readers right until one of them takes them down.

let database: FreshDatabase
let bank: Bank
let reader: BankState
const redis = freshRedis()
const startWriter = useProgram(new URL('./dying-writer.ts', import.meta.url))

beforeAll(async () => {
  database = await freshDatabase()
  bank = await openBank(database.url)
  reader = await bank.node(redisStore(redis))
})
afterAll(async () => {
  await reader.close()
  await bank.close()
  await database.drop()
})

const cases = [
  { dieAt: 'beforeCommit', change: 'touch', outcome: '1' },
  { dieAt: 'beforeCommit', change: 'put', outcome: '1' },
  { dieAt: 'afterCommit', change: 'touch', outcome: '2' },
  { dieAt: 'afterCommit', change: 'put', outcome: '2' },
] as const

describe.each(cases)('killed $dieAt, after a $change', ({ dieAt, change, outcome }) => {
  test('readers see what was committed, take the fence down, and the store answers again', async () => {
    const id = { id: `${dieAt}-${change}` }
    await reader.write(async (tx, changes) => {
      changes.put(bank.keyspaces.account, id)
      await setAmount(tx, id.id, 1)
    })
    expect(await reader.account.read(id)).toMatchObject({ value: { amount: '1' }, tier: 'l2' })
    const order: DyingOrder = { databaseUrl: database.url, redis, dieAt, change, id: id.id, amount: 2 }
    const writer = startWriter(order)
    expect(await writer.next()).toBe('here')
    if (dieAt === 'beforeCommit') {
      // While it lives, its fence is not taken down: it may commit yet.
      for (let read = 0; read < 3; read++)
        expect(await reader.account.read(id)).toMatchObject({ value: { amount: '1' }, tier: 'source' })
    }
    const { healed } = reader.account.counts()
    await writer.kill()
    // PostgreSQL notices that its client is gone, and rolls back what it had begun.
    await eventually(async () => {
      const { value, tier } = await reader.account.read(id)
      expect(value?.amount).toBe(outcome)
      return tier === 'l2'
    })
    expect(reader.account.counts().healed).toBe(healed + 1)
    expect((await reader.account.get(id))?.amount).toBe(outcome)
  })
})
