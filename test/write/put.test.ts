import { stores } from '../servers/stores.ts'
import { sql } from 'drizzle-orm'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  type Bank,
  type BankState,
  openBank,
  type Session,
  setAmount,
  stopPoint,
} from '../kinds/strong/bank.ts'
import { eventually } from '../servers/eventually.ts'
import { type FreshDatabase, freshDatabase } from '../servers/postgres.ts'

// What a `put` stores, and when it must not.

describe.each(Object.entries(stores))('%s', (_name, make) => {
  let database: FreshDatabase
  let bank: Bank
  let states: BankState[]
  let a: BankState
  let b: BankState
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
    const store = make()
    states = [await bank.node(store), await bank.node(store)]
    ;[a, b] = states as [BankState, BankState]
    id = { id: `p${counter++}` }
  })
  afterEach(async () => {
    for (const name of ['afterPutRead', 'beforeCommit', 'afterCommit'] as const) delete bank.interrupt[name]
    await Promise.all(states.map((state) => state.close()))
  })

  const put = (state: BankState, amount: number, isolation?: 'repeatable read'): Promise<number> =>
    state.write(
      async (tx, changes) => {
        changes.put(bank.keyspaces.account, id)
        return setAmount(tx, id.id, amount)
      },
      { isolation },
    )
  const tierOf = async (state: BankState): Promise<string> => (await state.account.read(id)).tier

  test('the new row is in the store when the write resolves', async () => {
    expect(await put(a, 5)).toBe(1)
    expect(await b.account.read(id)).toEqual({ value: { amount: '5', version: 1 }, tier: 'l2' })
    await put(b, 6)
    expect(await a.account.read(id)).toEqual({ value: { amount: '6', version: 2 }, tier: 'l2' })
  })

  test('so is that a row was deleted', async () => {
    await put(a, 5)
    await a.write(async (tx, changes) => {
      changes.put(bank.keyspaces.account, id)
      await tx.execute(sql`DELETE FROM account WHERE id = ${id.id}`)
    })
    expect(await b.account.read(id)).toEqual({ value: null, tier: 'l2' })
  })

  test('touch and put of the same key are a put, in either order', async () => {
    await a.write(async (tx, changes) => {
      await setAmount(tx, id.id, 1)
      changes.put(bank.keyspaces.account, id)
      changes.touch(bank.keyspaces.account, id)
    })
    expect(await tierOf(b)).toBe('l2')
  })

  test('under repeatable read it acts as a touch: the snapshot may be older than the fence', async () => {
    await put(a, 5, 'repeatable read')
    expect(await b.account.read(id)).toEqual({ value: { amount: '5', version: 1 }, tier: 'source' })
  })

  test('also when the database makes that the default, or the body asks for it', async () => {
    const bodyAsks = (state: BankState): Promise<unknown> =>
      state.write(async (tx, changes) => {
        await tx.execute(sql`SET TRANSACTION ISOLATION LEVEL SERIALIZABLE`)
        changes.put(bank.keyspaces.account, id)
        await setAmount(tx, id.id, 5)
      })
    await bodyAsks(a)
    expect(await tierOf(b)).toBe('source')

    // Its snapshot is from before the other one's commit, and its fence from after it.
    const truth = {
      ...bank.truth,
      transaction: <Result>(body: (tx: Session) => Promise<Result>): Promise<Result> =>
        bank.truth.transaction(body, { isolation: 'repeatable read' }),
    }
    const old = await bank.node(make(), truth)
    states.push(old)
    await old.write(async (tx, changes) => {
      await tx.execute(sql`SELECT 1`)
      await put(old, 6).catch(() => undefined)
      await bank.pool.query('UPDATE account SET amount = 7, version = 7 WHERE id = $1', [id.id])
      changes.put(bank.keyspaces.account, id)
    })
    expect(await old.account.get(id)).toEqual({ amount: '7', version: 7 })
  })

  test('a deferred trigger acts before the row is read', async () => {
    await bank.pool.query(`
      CREATE OR REPLACE FUNCTION add_interest() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        UPDATE account SET amount = amount + 1 WHERE id = NEW.id AND NEW.id LIKE 'p%' AND amount % 10 = 0;
        RETURN NULL;
      END $$;
      CREATE CONSTRAINT TRIGGER interest AFTER INSERT OR UPDATE ON account
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION add_interest()`)
    try {
      await put(a, 100)
      const { rows } = await bank.pool.query('SELECT amount FROM account WHERE id = $1', [id.id])
      expect(rows).toEqual([{ amount: '101' }])
      expect(await b.account.read(id)).toEqual({ value: { amount: '101', version: 1 }, tier: 'l2' })
    } finally {
      await bank.pool.query('DROP TRIGGER interest ON account')
    }
  })

  test('writers that meet store nothing, whoever commits first', async () => {
    await put(a, 1)
    // The second one has put up its fence, without having written the row, when the first one commits.
    const stop = stopPoint()
    bank.interrupt.beforeCommit = stop.arrive
    const bystander = b.write(async (_tx, changes) => changes.touch(bank.keyspaces.account, id))
    await stop.reached
    delete bank.interrupt.beforeCommit
    await put(a, 2)
    stop.proceed()
    await bystander
    expect(await a.account.read(id)).toEqual({ value: { amount: '2', version: 2 }, tier: 'source' })
  })

  test('a put of a row that another transaction changes meanwhile stores no old row', async () => {
    await put(a, 1)
    const stop = stopPoint()
    bank.interrupt.beforeCommit = stop.arrive
    // Reads the row as it is before the other one commits.
    const reading = b.write(async (_tx, changes) => changes.put(bank.keyspaces.account, id))
    await stop.reached
    delete bank.interrupt.beforeCommit
    await put(a, 2)
    expect((await a.account.get(id))?.amount).toBe('2')
    stop.proceed()
    await reading
    expect((await a.account.get(id))?.amount).toBe('2')
  })

  test('nor does one that read it right before the other one began and ended', async () => {
    await put(a, 1)
    bank.interrupt.afterPutRead = () => {
      delete bank.interrupt.afterPutRead
      return put(a, 2)
    }
    await b.write(async (_tx, changes) => changes.put(bank.keyspaces.account, id))
    expect(await a.account.get(id)).toEqual({ amount: '2', version: 2 })
  })

  test('nor does one whose fence came after a commit that is not settled yet', async () => {
    await put(a, 1)
    const stop = stopPoint()
    bank.interrupt.afterCommit = stop.arrive
    const first = put(a, 2)
    await stop.reached
    delete bank.interrupt.afterCommit
    await b.write(async (_tx, changes) => changes.put(bank.keyspaces.account, id))
    expect((await b.account.get(id))?.amount).toBe('2')
    stop.proceed()
    await first
    expect((await b.account.get(id))?.amount).toBe('2')
  })

  test('many writers and readers of one row: the store ends up with the row, and never had an older one', async () => {
    await put(a, 0)
    const course = { isOver: false }
    const seen: number[][] = []
    const reader = async (state: BankState): Promise<void> => {
      const versions: number[] = []
      seen.push(versions)
      while (!course.isOver) {
        versions.push((await state.account.get(id))?.version ?? 0)
        // Memory answers within one turn of the event loop, and the writers must get theirs.
        await new Promise((resolve) => setImmediate(resolve))
      }
    }
    const readers = [reader(a), reader(b), reader(b)]
    const writer = async (state: BankState): Promise<void> => {
      for (let round = 0; round < 40; round++) {
        const version = await put(state, round)
        expect((await state.account.get(id))?.version).toBeGreaterThanOrEqual(version)
      }
    }
    await Promise.all([writer(a), writer(b), writer(a), writer(b)])
    course.isOver = true
    await Promise.all(readers)
    for (const versions of seen) expect(versions).toEqual(versions.toSorted((x, y) => x - y))
    expect((await a.account.get(id))?.version).toBe(161)
    await eventually(async () => (await tierOf(a)) === 'l2')
    expect((await a.account.get(id))?.version).toBe(161)
  })
})
