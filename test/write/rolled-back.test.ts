import { stores } from '../servers/stores.ts'
import { sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/node-postgres'
import {
  cached,
  DeclarationError,
  open,
  type StoreFactory,
  strong,
  TooManyKeysError,
  type Truth,
  WriteRolledBackError,
} from 'holdfast'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import type { Changes } from '../../src/write/changes.ts'
import { type Bank, type BankState, openBank, type Session, setAmount } from '../kinds/strong/bank.ts'
import { eventually } from '../servers/eventually.ts'
import { type FreshDatabase, freshDatabase } from '../servers/postgres.ts'

// What fails before the commit changes nothing, says so, and leaves no fence behind.

describe.each(Object.entries(stores))('%s', (_name, make) => {
  let database: FreshDatabase
  let bank: Bank
  let store: StoreFactory
  let state: BankState
  let counter = 0
  let id: { id: string }

  beforeAll(async () => {
    database = await freshDatabase()
    bank = await openBank(database.url)
  })
  afterAll(async () => {
    await bank.close()
    await database.drop()
  })
  beforeEach(async () => {
    store = make()
    state = await bank.node(store)
    id = { id: `r${counter++}` }
    await put(state, 1)
  })
  afterEach(async () => {
    delete bank.interrupt.beforeCommit
    await state.close()
  })

  const put = (to: BankState, amount: number): Promise<number> =>
    to.write(async (tx, changes) => {
      changes.put(bank.keyspaces.account, id)
      return setAmount(tx, id.id, amount)
    })
  /** Nothing changed, and no fence was left: the first read finds a free key. */
  const expectUnchanged = async (): Promise<void> => {
    const { fenced } = state.account.counts()
    expect((await state.account.get(id))?.amount).toBe('1')
    expect(state.account.counts().fenced).toBe(fenced)
  }

  test('the error of a body comes out as it is', async () => {
    const failure = new Error('no')
    const writing = state.write(async (tx, changes) => {
      changes.touch(bank.keyspaces.account, id)
      await setAmount(tx, id.id, 2)
      throw failure
    })
    await expect(writing).rejects.toBe(failure)
    await expectUnchanged()
  })

  test('a statement error that the body swallowed is told: PostgreSQL would roll back without a word', async () => {
    const writing = state.write(async (tx, changes) => {
      changes.put(bank.keyspaces.account, id)
      await setAmount(tx, id.id, 2)
      await tx.execute(sql`SELECT 1 / 0`).catch(() => undefined)
      return 'fine'
    })
    await expect(writing).rejects.toThrow(WriteRolledBackError)
    await expect(writing).rejects.toMatchObject({ code: 'HF_WRITE_ROLLED_BACK' })
    await expectUnchanged()
  })

  test('so is one that the loader of a put swallowed', async () => {
    const careless = strong({
      key: 'careless:{id}',
      about: 'Its loader hides errors.',
      value: z.string(),
      row: true,
      load: (_id, tx: Session) =>
        tx.execute(sql`SELECT 1 / 0`).then(
          () => '1',
          () => null,
        ),
    })
    const other = await open({ careless, account: bank.keyspaces.account }, { store, truth: bank.truth })
    onTestFinished(() => other.close())
    const writing = other.write(async (tx, changes) => {
      changes.put(careless, id)
      changes.touch(bank.keyspaces.account, id)
      await setAmount(tx, id.id, 2)
    })
    await expect(writing).rejects.toThrow(WriteRolledBackError)
    await expectUnchanged()
  })

  test('one that a savepoint caught is none', async () => {
    await state.write(async (tx, changes) => {
      changes.put(bank.keyspaces.account, id)
      await setAmount(tx, id.id, 2)
      await tx
        .transaction(async (inner) => {
          await setAmount(inner, id.id, 3)
          await inner.execute(sql`SELECT 1 / 0`)
        })
        .catch(() => undefined)
    })
    expect(await state.account.read(id)).toEqual({ value: { amount: '2', version: 2 }, tier: 'l2' })
  })

  test('a constraint that is checked at the commit', async () => {
    await bank.pool.query(`CREATE TABLE IF NOT EXISTS note (
      account text REFERENCES account DEFERRABLE INITIALLY DEFERRED)`)
    for (const how of ['touch', 'put'] as const) {
      const writing = state.write(async (tx, changes) => {
        changes[how](bank.keyspaces.account, id)
        await setAmount(tx, id.id, 2)
        await tx.execute(sql`INSERT INTO note VALUES ('nobody')`)
      })
      await expect(writing).rejects.toThrow()
      await expectUnchanged()
    }
  })

  test('a serialization failure', async () => {
    const writing = state.write(
      async (tx, changes) => {
        changes.touch(bank.keyspaces.account, id)
        await tx.execute(sql`SELECT * FROM account`)
        await bank.pool.query('UPDATE account SET version = version + 1 WHERE id = $1', [id.id])
        await setAmount(tx, id.id, 2)
      },
      { isolation: 'serializable' },
    )
    await expect(writing).rejects.toMatchObject({ cause: { code: '40001' } })
    await expect(state.account.get(id)).resolves.toMatchObject({ amount: '1' })
  })

  test('a driver that runs the body again: each run counts for itself', async () => {
    const gone = { id: `${id.id}-first-run` }
    const twice: Truth<Session> = {
      ...bank.truth,
      transaction: async (body, options) => {
        const failing = bank.truth.transaction(async (tx) => {
          await body(tx)
          throw new Error('serialization failure')
        }, options)
        await failing.catch(() => undefined)
        return bank.truth.transaction(body, options)
      },
    }
    const other = await bank.node(store, twice)
    onTestFinished(() => other.close())
    let runs = 0
    const result = await other.write(async (tx, changes) => {
      changes.put(bank.keyspaces.account, ++runs === 1 ? gone : id)
      await setAmount(tx, id.id, 10 * runs)
      return runs
    })
    expect(result).toBe(2)
    expect(await state.account.read(id)).toEqual({ value: { amount: '20', version: 2 }, tier: 'l2' })
    expect((await state.account.get(gone))?.amount).toBeUndefined()
    expect(state.account.counts().fenced).toBe(0)
  })

  test('a driver that runs the body again while the first commit may be under way: its fences stay', async () => {
    const connection = await bank.pool.connect()
    onTestFinished(() => connection.release())
    const impatient: Truth<Session> = {
      ...bank.truth,
      async transaction(body) {
        await connection.query('BEGIN')
        await body(drizzle(connection))
        // Its COMMIT is somewhere between here and the server.
        return body(drizzle(connection))
      },
    }
    const other = await bank.node(store, impatient)
    onTestFinished(() => other.close())
    let runs = 0
    const writing = other.write(async (tx, changes) => {
      if (++runs === 2) throw new Error('the second run failed')
      changes.touch(bank.keyspaces.account, id)
      await setAmount(tx, id.id, 2)
    })
    await expect(writing).rejects.toThrow('the second run failed')
    expect(await state.account.read(id)).toMatchObject({ value: { amount: '1' }, tier: 'source' })
    expect(await state.account.read(id)).toMatchObject({ value: { amount: '1' }, tier: 'source' })
    await connection.query('COMMIT')
    expect(await state.account.read(id)).toMatchObject({ value: { amount: '2' } })
    await eventually(async () => (await state.account.read(id)).tier === 'l2')
    expect((await state.account.get(id))?.amount).toBe('2')
  })

  test('changes are collected until the body ends, and no longer', async () => {
    let escaped: Changes | undefined
    await state.write(async (_tx, changes) => void (escaped = changes))
    expect(() => escaped?.touch(bank.keyspaces.account, id)).toThrow(/after the body of its write had ended/)
  })

  test('one write changes at most 1,000 strong keys', { timeout: 60_000 }, async () => {
    const touch = (count: number): Promise<void> =>
      state.write(async (tx, changes) => {
        await setAmount(tx, id.id, count)
        for (let index = 0; index < count; index++)
          changes.touch(bank.keyspaces.account, { id: index === 0 ? id.id : `bulk${index}` })
      })
    const tooMany = touch(1_001)
    await expect(tooMany).rejects.toThrow(TooManyKeysError)
    await expect(tooMany).rejects.toThrow(/split it, or close the gate around the job/)
    await expectUnchanged()
    await touch(1_000)
    expect((await state.account.get(id))?.amount).toBe('1000')
  })

  test('a keyspace of another state, and a put of one without a row, are refused by name', async () => {
    const stranger = strong({ key: 'stranger:{id}', about: 'x', value: z.string(), load: async () => null })
    const touching = state.write(async (_tx, changes) => changes.touch(stranger, id))
    await expect(touching).rejects.toThrow(DeclarationError)
    await expect(touching).rejects.toThrow(/stranger:\{id\}: is no strong or cached keyspace of this state/)
    const putting = state.write(async (_tx, changes) =>
      // @ts-expect-error -- the sum of many rows is no row
      changes.put(bank.keyspaces.total, { currency: 'x' }),
    )
    await expect(putting).rejects.toThrow(/total:\{currency\}: put is for strong keyspaces/)
  })

  test('a cached key that was touched is deleted by the commit, and only by it', async () => {
    const label = cached({
      key: 'label:{id}',
      about: 'A label.',
      value: z.string(),
      ttl: '1m',
      l1: { max: 9 },
    })
    const [a, b] = [
      await open({ label }, { store, truth: bank.truth }),
      await open({ label }, { store, truth: bank.truth }),
    ]
    onTestFinished(async () => void (await Promise.all([a.close(), b.close()])))
    await a.label.set(id, 'old')
    const seen: (string | null)[] = []
    bank.interrupt.beforeCommit = async () => void seen.push(await b.label.get(id))
    await a.write(async (_tx, changes) => changes.touch(label, id))
    expect(seen).toEqual(['old'])
    expect(await a.label.get(id)).toBeNull()
    await eventually(async () => (await b.label.get(id)) === null)

    await a.label.set(id, 'kept')
    const failing = a.write(async (_tx, changes) => {
      changes.touch(label, id)
      throw new Error('no')
    })
    await expect(failing).rejects.toThrow('no')
    expect(await a.label.get(id)).toBe('kept')
  })
})
