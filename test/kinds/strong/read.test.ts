import { stores } from '../../servers/stores.ts'
import { ClosedError, type StoreFactory } from 'holdfast'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { eventually } from '../../servers/eventually.ts'
import { type FreshDatabase, freshDatabase } from '../../servers/postgres.ts'
import { type Bank, type BankState, openBank, setAmount, stopPoint } from './bank.ts'

describe.each(Object.entries(stores))('%s', (_name, make) => {
  let database: FreshDatabase
  let bank: Bank
  let store: StoreFactory
  let states: BankState[]
  let counter = 0
  let id: { id: string }

  const node = async (): Promise<BankState> => {
    const state = await bank.node(store)
    states.push(state)
    return state
  }
  const setDirectly = (amount: number, of = id): Promise<unknown> =>
    bank.pool.query(
      `INSERT INTO account VALUES ($1, $2, 1)
       ON CONFLICT (id) DO UPDATE SET amount = $2, version = account.version + 1`,
      [of.id, amount],
    )
  /** Sets the amount in a write that touches the account. */
  const write = (state: BankState, amount: number, of = id): Promise<number> =>
    state.write(async (tx, changes) => {
      changes.touch(bank.keyspaces.account, of)
      return setAmount(tx, of.id, amount)
    })
  /** Resolves once the store answers for the account. */
  const warm = async (state: BankState, of = id): Promise<void> =>
    eventually(async () => (await state.account.read(of)).tier === 'l2')

  beforeAll(async () => {
    database = await freshDatabase()
    bank = await openBank(database.url)
  })
  afterAll(async () => {
    await bank.close()
    await database.drop()
  })
  beforeEach(() => {
    store = make()
    states = []
    id = { id: `a${counter++}` }
  })
  afterEach(async () => {
    for (const name of ['beforeLoad', 'afterLoad', 'beforeCommit', 'afterCommit'] as const)
      delete bank.interrupt[name]
    await Promise.all(states.map((state) => state.close()))
  })

  test('a miss is loaded and stored; the next read, of any process, is answered by the store', async () => {
    const [a, b] = [await node(), await node()]
    await setDirectly(100)
    expect(await a.account.read(id)).toEqual({ value: { amount: '100', version: 1 }, tier: 'source' })
    await warm(b)
    expect(await b.account.read(id)).toEqual({ value: { amount: '100', version: 1 }, tier: 'l2' })
    expect(a.account.counts()).toMatchObject({ misses: 1, loads: 1, l2Hits: 0, refusedFills: 0 })
  })

  test('that there is no such row is known, too', async () => {
    const state = await node()
    expect(await state.account.get(id)).toBeNull()
    await warm(state)
    expect(await state.account.get(id)).toBeNull()
  })

  test('a value is frozen', async () => {
    const state = await node()
    await setDirectly(1)
    const fromSource = await state.account.get(id)
    await warm(state)
    expect(Object.isFrozen(fromSource)).toBe(true)
    expect(Object.isFrozen(await state.account.get(id))).toBe(true)
  })

  test('a load that a writer overtook answers its reader, and is not stored', async () => {
    const [reader, writer] = [await node(), await node()]
    await setDirectly(1)
    const stop = stopPoint()
    bank.interrupt.afterLoad = stop.arrive
    const slow = reader.account.get(id)
    await stop.reached
    delete bank.interrupt.afterLoad
    await write(writer, 2)
    expect(await reader.account.get(id)).toEqual({ amount: '2', version: 2 })
    stop.proceed()
    expect(await slow).toEqual({ amount: '1', version: 1 })
    await eventually(() => reader.account.counts().refusedFills === 1)
    for (let read = 0; read < 5; read++) expect((await writer.account.get(id))?.amount).toBe('2')
  })

  test('between fence and commit readers get the old state from PostgreSQL, and store nothing', async () => {
    const [reader, writer] = [await node(), await node()]
    await setDirectly(1)
    await reader.account.get(id)
    await warm(reader)
    const stop = stopPoint()
    bank.interrupt.beforeCommit = stop.arrive
    const writing = write(writer, 2)
    await stop.reached
    for (let read = 0; read < 3; read++)
      expect(await reader.account.read(id)).toEqual({ value: { amount: '1', version: 1 }, tier: 'source' })
    expect(reader.account.counts().fenced).toBe(3)
    expect(reader.account.counts().healed).toBe(0)
    stop.proceed()
    await writing
    expect((await reader.account.get(id))?.amount).toBe('2')
    await warm(reader)
  })

  test('between commit and settle readers get the new state from PostgreSQL, and take the fence down', async () => {
    const [reader, writer] = [await node(), await node()]
    await setDirectly(1)
    await reader.account.get(id)
    await warm(reader)
    const stop = stopPoint()
    bank.interrupt.afterCommit = stop.arrive
    const writing = write(writer, 2)
    await stop.reached
    expect(await reader.account.read(id)).toEqual({ value: { amount: '2', version: 2 }, tier: 'source' })
    await eventually(() => reader.account.counts().healed === 1)
    await reader.account.get(id)
    await warm(reader)
    stop.proceed()
    await writing
    // The writer, late, finds its fence gone and leaves the value alone.
    expect(await reader.account.read(id)).toEqual({ value: { amount: '2', version: 2 }, tier: 'l2' })
  })

  test('nobody joins a load that was sent: its answer may be from before this read', async () => {
    const [reader, writer] = [await node(), await node()]
    await setDirectly(1)
    const stop = stopPoint()
    bank.interrupt.afterLoad = stop.arrive
    const early = reader.account.get(id)
    await stop.reached
    delete bank.interrupt.afterLoad
    await write(writer, 2)
    expect((await reader.account.get(id))?.amount).toBe('2')
    stop.proceed()
    expect((await early)?.amount).toBe('1')
  })

  test('getMany answers in order, with duplicates and what is not there', async () => {
    const state = await node()
    const [second, missing] = [{ id: `${id.id}-2` }, { id: `${id.id}-none` }]
    await setDirectly(1)
    await setDirectly(2, second)
    const ask = async (): Promise<unknown[]> =>
      (await state.account.getMany([second, missing, id, second])).map((value) => value?.amount)
    expect(await ask()).toEqual(['2', undefined, '1', '2'])
    await eventually(async () => {
      const before = state.account.counts().l2Hits
      await ask()
      return state.account.counts().l2Hits === before + 3
    })
    expect(await ask()).toEqual(['2', undefined, '1', '2'])
    expect(await state.account.getMany([])).toEqual([])
  })

  test('getMany with one key cold loads all of them: the others would be of another moment', async () => {
    const [reader, writer] = [await node(), await node()]
    const second = { id: `${id.id}-2` }
    await setDirectly(10)
    await setDirectly(0, second)
    await reader.account.getMany([id, second])
    await warm(reader)
    await warm(reader, second)
    const stop = stopPoint()
    bank.interrupt.afterCommit = stop.arrive
    const moving = writer.write(async (tx, changes) => {
      await setAmount(tx, id.id, 0)
      await setAmount(tx, second.id, 10)
      changes.touch(bank.keyspaces.account, id)
      changes.put(bank.keyspaces.account, second)
    })
    await stop.reached
    const values = await reader.account.getMany([id, second])
    expect(values.map((value) => value?.amount)).toEqual(['0', '10'])
    stop.proceed()
    await moving
  })

  test('a touch of what is derived from many rows makes it cold', async () => {
    const [reader, writer] = [await node(), await node()]
    const total = { currency: 'x' }
    await reader.total.get(total)
    await eventually(async () => (await reader.total.read(total)).tier === 'l2')
    const before = BigInt((await reader.total.get(total)) ?? '')
    await writer.write(async (tx, changes) => {
      await setAmount(tx, id.id, 7)
      changes.touch(bank.keyspaces.total, total)
    })
    expect(BigInt((await reader.total.get(total)) ?? '')).toBe(before + 7n)
  })

  test('after close it says so', async () => {
    const state = await node()
    await state.close()
    await expect(state.account.get(id)).rejects.toThrow(ClosedError)
    await expect(state.account.getMany([id])).rejects.toThrow(ClosedError)
    await expect(state.write(async () => 1)).rejects.toThrow(ClosedError)
  })
})
