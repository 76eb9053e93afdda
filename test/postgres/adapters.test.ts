import { memoryStore, open, type State, strong, type StrongKeyspace } from 'holdfast'
import { type Truth, type WriteOptions, WriteRolledBackError, WriteUnknownError } from 'holdfast'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { eventually } from '../servers/eventually.ts'
import { type FreshDatabase, freshDatabase } from '../servers/postgres.ts'
import { type Proxy, proxyTo } from '../servers/proxy.ts'
import { type Driver, drivers } from './drivers.ts'
import { IN_PROCESS, NAMES } from './matrix.ts'

// Every adapter of the truth, in everything that a transaction can go through: the table of
// docs/reference/adapters.md.

type Id = { readonly id: string }
type Keyspaces = { readonly account: StrongKeyspace<Id, { amount: string }, unknown, true> }

test('every driver of the table is here', () => expect(Object.keys(drivers)).toEqual(NAMES))

describe.each(Object.entries(drivers))('%s', (name, start) => {
  // PostgreSQL in this process has no connection that could break: those cases cannot happen there.
  const isInProcess = IN_PROCESS.includes(name)
  let database: FreshDatabase
  let observer: pg.Pool
  let proxy: Proxy
  let driver: Driver
  let keyspaces: Keyspaces
  let state: State<Keyspaces, unknown>
  let beforeCommit: (() => Promise<void>) | undefined
  let counter = 0
  let id: Id

  beforeAll(async () => {
    database = await freshDatabase()
    observer = new pg.Pool({ connectionString: database.url, max: 3, query_timeout: 5_000 })
    observer.on('error', () => undefined)
    proxy = await proxyTo(database.url)
    driver = await start(proxy.url)
    await run(driver.truth.session, 'CREATE TABLE account (id text PRIMARY KEY, amount bigint NOT NULL)')
    keyspaces = {
      account: strong({
        key: 'account:{id}',
        about: 'What an account holds.',
        value: z.object({ amount: z.string() }),
        row: true,
        async load({ id: wanted }, tx: unknown) {
          const rows = await run(tx, 'SELECT amount::text AS amount FROM account WHERE id = $1', wanted)
          return rows[0] as { amount: string } | undefined
        },
      }),
    }
  }, 60_000)
  afterAll(async () => {
    await driver.close()
    await proxy.close()
    await observer.end()
    await database.drop()
  })
  beforeEach(async () => {
    const { truth } = driver
    const watched: Truth<unknown> = {
      ...truth,
      transaction: (body, options) =>
        truth.transaction(async (tx) => {
          const value = await body(tx)
          await beforeCommit?.()
          return value
        }, options),
    }
    state = await open(keyspaces, { store: memoryStore(), truth: watched })
    await eventually(() => state.gate()?.isTrusted === true, 10_000)
    id = { id: `a${counter++}` }
    await put(1)
  })
  afterEach(async () => {
    beforeCommit = undefined
    await state.close()
  })

  function run(session: unknown, statement: string, ...values: unknown[]) {
    return driver.truth.query(session, statement, values)
  }
  async function setAmount(tx: unknown, amount: number): Promise<void> {
    const statement = `INSERT INTO account VALUES ($1, ${amount})
      ON CONFLICT (id) DO UPDATE SET amount = ${amount}`
    await run(tx, statement, id.id)
  }
  const put = (amount: number, options: WriteOptions = {}): Promise<string> =>
    state.write(async (tx, changes) => {
      changes.put(keyspaces.account, id)
      await setAmount(tx, amount)
      return `set to ${amount}`
    }, options)
  const observed = async (): Promise<unknown> =>
    (await observer.query('SELECT amount FROM account WHERE id = $1', [id.id])).rows[0]?.amount
  /** The store answers with this amount, at last, and nobody reads another one before. */
  const expectAmount = (amount: number): Promise<void> =>
    eventually(async () => {
      const { value, tier } = await state.account.read(id)
      expect(value).toEqual({ amount: String(amount) })
      return tier === 'l2'
    }, 5_000)

  test('commit', async () => {
    expect(await put(2)).toBe('set to 2')
    expect(await state.account.read(id)).toEqual({ value: { amount: '2' }, tier: 'l2' })
  })

  test('rollback', async () => {
    const failure = new Error('no')
    const writing = state.write(async (tx, changes) => {
      changes.put(keyspaces.account, id)
      await setAmount(tx, 2)
      throw failure
    })
    await expect(writing).rejects.toBe(failure)
    await expectAmount(1)
    expect(state.account.counts().fenced).toBe(0)
  })

  test('swallowed error', async () => {
    const writing = state.write(async (tx, changes) => {
      changes.put(keyspaces.account, id)
      await setAmount(tx, 2)
      await run(tx, 'SELECT 1 / 0').catch(() => undefined)
    })
    await expect(writing).rejects.toThrow(WriteRolledBackError)
    await expectAmount(1)
    expect(state.account.counts().fenced).toBe(0)
  })

  test('savepoint rolled back to', async () => {
    await state.write(async (tx, changes) => {
      changes.put(keyspaces.account, id)
      await setAmount(tx, 2)
      await run(tx, 'SAVEPOINT here')
      await setAmount(tx, 3)
      await expect(run(tx, 'SELECT 1 / 0')).rejects.toThrow()
      await run(tx, 'ROLLBACK TO SAVEPOINT here')
    })
    expect(await state.account.read(id)).toEqual({ value: { amount: '2' }, tier: 'l2' })
  })

  test('savepoint released', async () => {
    await state.write(async (tx, changes) => {
      await run(tx, 'SAVEPOINT here')
      changes.put(keyspaces.account, id)
      await setAmount(tx, 3)
      await run(tx, 'RELEASE SAVEPOINT here')
    })
    expect(await state.account.read(id)).toEqual({ value: { amount: '3' }, tier: 'l2' })
  })

  test('serialization retry', async () => {
    let runs = 0
    const write = (retries: number): Promise<void> =>
      state.write(
        async (tx, changes) => {
          changes.touch(keyspaces.account, id)
          await run(tx, 'SELECT amount::text FROM account WHERE id = $1', id.id)
          if (++runs % 3 !== 0) {
            // Nobody else can be in the database of this process, so it is said as PostgreSQL would.
            if (isInProcess) await run(tx, "DO $$ BEGIN RAISE 'lost' USING ERRCODE = '40001'; END $$")
            await observer.query('UPDATE account SET amount = amount + 1 WHERE id = $1', [id.id])
          }
          await setAmount(tx, 50)
        },
        { isolation: 'serializable', retries },
      )
    await write(2)
    expect(runs).toBe(3)
    await expectAmount(50)
    await expect(write(1)).rejects.toThrow()
    expect(runs).toBe(5)
    expect(state.account.counts().fenced).toBe(0)
  })

  test('read only, other isolation', async () => {
    const { truth } = driver
    const mode = (tx: unknown) =>
      run(
        tx,
        "SELECT current_setting('transaction_isolation') AS i, current_setting('transaction_read_only') AS r",
      )
    expect(await truth.transaction(mode)).toEqual([{ i: 'read committed', r: 'off' }])
    expect(await truth.transaction(mode, { isolation: 'repeatable read', readOnly: true })).toEqual([
      { i: 'repeatable read', r: 'on' },
    ])
    expect(await put(7, { isolation: 'repeatable read' })).toBe('set to 7')
    await expectAmount(7)
  })

  test.skipIf(isInProcess)('COMMIT done, its answer lost', async () => {
    beforeCommit = async () => {
      proxy.loseAnswers()
      void eventually(async () => (await observed()) === '2').then(proxy.cut)
    }
    expect(await put(2)).toBe('set to 2')
    await expectAmount(2)
  })

  test.skipIf(isInProcess)('COMMIT never arrived', async () => {
    beforeCommit = async () => {
      proxy.loseRequests()
      setImmediate(proxy.cut)
    }
    const failure = await put(2).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(Error)
    expect(failure).not.toBeInstanceOf(WriteUnknownError)
    beforeCommit = undefined
    await expectAmount(1)
    await put(3)
    await expectAmount(3)
  })

  test.skipIf(isInProcess)('unknown commit, resolved later', async () => {
    beforeCommit = async () => {
      proxy.loseRequests()
      setImmediate(proxy.hangUp)
    }
    const failure = await put(2).catch((error: unknown) => error)
    beforeCommit = undefined
    expect(failure).toBeInstanceOf(WriteUnknownError)
    const { resolve } = failure as WriteUnknownError
    expect(await resolve()).toBe('in progress')
    expect(await state.account.read(id)).toEqual({ value: { amount: '1' }, tier: 'source' })
    proxy.cut()
    await eventually(async () => (await resolve()) === 'rolled-back')
    await expectAmount(1)
  })

  test.skipIf(isInProcess)('ROLLBACK without an answer', async () => {
    // More often than there are connections: none may be lost, or come back with its transaction open.
    const givenUp = `given up in ${id.id}`
    for (let round = 0; round < 4; round++) {
      // Those that lie idle went deaf too: each is found out by the BEGIN of a write, and closed.
      await eventually(async () => (await put(2).catch(() => '')) === 'set to 2', 8_000)
      const failing = state.write(async (tx, changes) => {
        changes.touch(keyspaces.account, id)
        await run(tx, 'INSERT INTO account VALUES ($1, 99)', givenUp)
        proxy.loseAnswers()
        throw new Error('given up')
      })
      await expect(failing).rejects.toThrow()
    }
    proxy.cut()
    await eventually(async () => (await put(3).catch(() => '')) === 'set to 3', 8_000)
    expect(await observed()).toBe('3')
    expect((await observer.query('SELECT * FROM account WHERE id = $1', [givenUp])).rows).toEqual([])
  })
})
