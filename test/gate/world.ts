import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { createClient } from '@redis/client'
import type { GateState } from 'holdfast'
import { redisStore } from 'holdfast/redis'
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest'
import type { GateSignal } from '../../src/core/signals.ts'
import { type Bank, type BankState, openBank, setAmount } from '../kinds/strong/bank.ts'
import { eventually } from '../servers/eventually.ts'
import { type FreshDatabase, freshDatabase } from '../servers/postgres.ts'
import { privateRedis } from '../servers/redis.ts'

type PrivateRedis = Awaited<ReturnType<typeof privateRedis>>

/** A bank over a Redis that the test may flush, freeze and kill, and over a database of its own. */
export interface World {
  readonly redis: PrivateRedis
  readonly database: FreshDatabase
  readonly bank: Bank
  /** Of the gate of this test. */
  readonly namespace: string
  readonly id: { readonly id: string }
  /** What the gates of this process told since the test began. */
  readonly signals: GateSignal[]
  /** Another process, as it were, whose gate is open. */
  node(): Promise<BankState>
  put(state: BankState, amount: number): Promise<number>
  amount(state: BankState): Promise<string | undefined>
  /** Resolves once the store answers for the account, with this amount and never another one. */
  storeAnswers(state: BankState, amount: string): Promise<void>
  /** Resolves once the gate is in this state, as `state` sees it. */
  gateIs(state: BankState, wanted: GateState): Promise<void>
  cli(...command: readonly string[]): Promise<unknown>
  sql(statement: string): Promise<readonly Record<string, unknown>[]>
}

/** Opens a world before all tests of a file, with a namespace and an account for each. */
export function useWorld(): World {
  let redis: PrivateRedis
  let database: FreshDatabase
  let bank: Bank
  let counter = 0
  const states: BankState[] = []
  const told: GateSignal[] = []
  const hear = (message: unknown): void => void told.push(message as GateSignal)
  beforeAll(async () => {
    redis = await privateRedis()
    database = await freshDatabase()
    bank = await openBank(database.url)
    subscribe('holdfast:gate', hear)
  })
  afterAll(async () => {
    unsubscribe('holdfast:gate', hear)
    await bank.close()
    await database.drop()
    await redis.stop()
  })
  beforeEach(() => {
    counter++
    told.length = 0
  })
  afterEach(async () => {
    for (const name of ['afterPutRead', 'beforeCommit', 'afterCommit', 'beforeLoad', 'afterLoad'] as const)
      delete bank.interrupt[name]
    await Promise.all(states.splice(0).map((state) => state.close()))
  })
  const world: World = {
    get redis() {
      return redis
    },
    get database() {
      return database
    },
    get bank() {
      return bank
    },
    get namespace() {
      return `gate${counter}`
    },
    get id() {
      return { id: `g${counter}` }
    },
    signals: told,
    async node() {
      const store = redisStore({ url: redis.url, namespace: world.namespace, commandTimeout: '300ms' })
      const state = await bank.node(store)
      states.push(state)
      return state
    },
    put: (state, amount) =>
      state.write(async (tx, changes) => {
        changes.put(bank.keyspaces.account, world.id)
        return setAmount(tx, world.id.id, amount)
      }),
    amount: async (state) => (await state.account.get(world.id))?.amount,
    storeAnswers: (state, amount) =>
      eventually(async () => {
        const { value, tier } = await state.account.read(world.id)
        if (value?.amount !== amount) throw new Error(`read ${value?.amount} instead of ${amount}`)
        return tier === 'l2'
      }, 15_000),
    gateIs: (state, wanted) => eventually(() => state.gate()?.state === wanted, 10_000),
    async cli(...command) {
      const client = createClient({ url: redis.url })
      await client.connect()
      try {
        return await client.sendCommand([...command])
      } finally {
        client.destroy()
      }
    },
    sql: async (statement) => (await bank.pool.query(statement)).rows,
  }
  return world
}
