import { sql } from 'drizzle-orm'
import { cached, DeclarationError, open } from 'holdfast'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { type Bank, openBank, setAmount, stopPoint } from '../kinds/strong/bank.ts'
import { type FreshDatabase, freshDatabase } from '../servers/postgres.ts'
import { stores } from '../servers/stores.ts'

// A write removes what it has changed by tag or table, and not before it has committed.

describe.each(Object.entries(stores))('%s', (_name, make) => {
  let database: FreshDatabase
  let bank: Bank

  beforeAll(async () => {
    database = await freshDatabase()
    bank = await openBank(database.url)
  })
  afterAll(async () => {
    await bank.close()
    await database.drop()
  })

  /** Two processes with a report that is derived from the table of accounts. */
  async function twoNodes() {
    const interrupt: { afterRead?: () => Promise<void> } = {}
    const report = cached({
      key: 'report:{id}',
      about: 'What an account holds, for a page.',
      value: z.string(),
      ttl: '1h',
      l1: { max: 10 },
      tags: () => ['table:account'],
      load: async ({ id }) => {
        const { rows } = await bank.pool.query('SELECT amount::text FROM account WHERE id = $1', [id])
        await interrupt.afterRead?.()
        return (rows[0] as { amount: string } | undefined)?.amount
      },
    })
    const store = make()
    const node = () => open({ report }, { store, truth: bank.truth })
    return { interrupt, a: await node(), b: await node() }
  }

  test('what has the tag of a touched table is gone everywhere when the write resolves', async () => {
    const { a, b } = await twoNodes()
    await a.write((tx) => setAmount(tx, 'one', 1))
    expect([await a.report.get({ id: 'one' }), await b.report.get({ id: 'one' })]).toEqual(['1', '1'])
    await a.write(async (tx, changes) => {
      changes.touchTables(['account', 'account'])
      await setAmount(tx, 'one', 2)
    })
    expect(await a.report.get({ id: 'one' })).toBe('2')
    expect(await b.report.read({ id: 'one' })).toMatchObject({ value: '2', tier: 'l2' })
    await b.write(async (tx, changes) => {
      changes.touchTags(['table:account'])
      await setAmount(tx, 'one', 3)
    })
    expect(await b.report.get({ id: 'one' })).toBe('3')
    await Promise.all([a.close(), b.close()])
  })

  test('a load that has read before the commit is not stored after it', async () => {
    const { a, b, interrupt } = await twoNodes()
    await a.write((tx) => setAmount(tx, 'two', 1))
    const { arrive, reached, proceed } = stopPoint()
    interrupt.afterRead = arrive
    const early = b.report.get({ id: 'two' })
    await reached
    delete interrupt.afterRead
    await a.write(async (tx, changes) => {
      changes.touchTables(['account'])
      await setAmount(tx, 'two', 2)
    })
    proceed()
    expect(await early).toBe('1')
    expect([await a.report.get({ id: 'two' }), await b.report.get({ id: 'two' })]).toEqual(['2', '2'])
    await Promise.all([a.close(), b.close()])
  })

  test('a write that is rolled back removes nothing', async () => {
    const { a, b } = await twoNodes()
    await a.write((tx) => setAmount(tx, 'three', 1))
    await a.report.get({ id: 'three' })
    await expect(
      a.write(async (tx, changes) => {
        changes.touchTables(['account'])
        await setAmount(tx, 'three', 2)
        throw new Error('changed my mind')
      }),
    ).rejects.toThrow('changed my mind')
    expect((await a.report.read({ id: 'three' })).tier).not.toBe('source')
    await Promise.all([a.close(), b.close()])
  })

  test('tables can be invalidated without a write', async () => {
    const { a, b } = await twoNodes()
    await a.write((tx) => setAmount(tx, 'four', 1))
    await b.report.get({ id: 'four' })
    await bank.pool.query(`UPDATE account SET amount = 2 WHERE id = 'four'`)
    await a.invalidateTables(['account'])
    expect(await b.report.get({ id: 'four' })).toBe('2')
    await Promise.all([a.close(), b.close()])
  })

  test('what is no table or tag is refused, and so is a change that comes too late', async () => {
    const { a, b } = await twoNodes()
    for (const wrong of ['account; drop', '', 'a.b.c', 7 as unknown as string]) {
      await expect(a.invalidateTables([wrong])).rejects.toThrow(DeclarationError)
      const write = a.write(async (_tx, changes) => changes.touchTables([wrong]))
      await expect(write).rejects.toThrow(/table/)
    }
    await expect(a.invalidateTags('account' as unknown as string[])).rejects.toThrow(/takes a list/)
    const late = await a.write(async (_tx, changes) => () => changes.touchTags(['x']))
    expect(late).toThrow(/after the body of its write had ended/)
    await Promise.all([a.close(), b.close()])
  })

  test('a statement of the truth takes parameters', async () => {
    const [row] = await bank.truth.query(
      bank.truth.session,
      'SELECT $1::text AS text, $2::int + 1 AS number, $3::text AS nothing',
      ["it's $1", 41, null],
    )
    expect(row).toEqual({ text: "it's $1", number: 42, nothing: null })
    const inside = await bank.truth.transaction(async (tx) => {
      await tx.execute(sql`SET LOCAL statement_timeout = '7s'`)
      return bank.truth.query(tx, 'SELECT current_setting($1) AS limit', ['statement_timeout'])
    })
    expect(inside).toEqual([{ limit: '7s' }])
  })
})
