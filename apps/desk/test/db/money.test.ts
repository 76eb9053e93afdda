import { sql } from 'drizzle-orm'
import { systemClock } from 'holdfast'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createAgent } from '../../src/db/agents.ts'
import { availableOf, listBalances, post, release, reserve } from '../../src/db/balances.ts'
import type { Session } from '../../src/db/database.ts'
import { insertTransaction } from '../../src/db/transactions.ts'
import { createUser } from '../../src/db/users.ts'
import { ensurePaperWallet, findWallet } from '../../src/db/wallets.ts'
import { expectSoundBooks } from '../trading/books.ts'
import { useDatabase } from '../test-desk.ts'

const database = useDatabase()
let agentId = ''
let wallet = ''
let users = 0

beforeEach(async () => {
  const { db } = database.open
  const user = await createUser(db, `money-${users++}@holdfast.example`, 'none')
  agentId = (await createAgent(db, user?.id ?? '', { name: 'Money' })).id
  wallet = await ensurePaperWallet(db, agentId, 'solana')
})
afterEach(() => expectSoundBooks(database.open.db))

/** Books lines of one transaction. */
async function book(
  tx: Session,
  ...lines: readonly (readonly [asset: string, delta: string])[]
): Promise<void> {
  const { id } = await insertTransaction(tx, {
    agentId,
    wallet,
    chain: 'solana',
    asset: 'USDC',
    type: 'DEPOSIT',
    quote: 'USDC',
    quoteAmount: '1',
    reason: 'test',
    at: new Date(systemClock.wall()),
  })
  await post(
    tx,
    id,
    lines.map(([asset, delta]) => ({ wallet, agentId, asset, delta })),
  )
}

const bookNow = (...lines: Parameters<typeof book> extends [Session, ...infer Lines] ? Lines : never) =>
  database.open.db.transaction((tx) => book(tx, ...lines))

test('a wallet is made once, and its address says whose it is', async () => {
  const { db } = database.open
  const all = await Promise.all(Array.from({ length: 8 }, () => ensurePaperWallet(db, agentId, 'monad')))
  expect(new Set(all)).toEqual(new Set([`paper_monad_${agentId}`]))
  expect(await findWallet(db, agentId, 'monad', 'paper')).toBe(all[0])
  expect(await findWallet(db, agentId, 'monad', 'live')).toBeNull()
})

test('a balance grows and shrinks with its lines, exactly', async () => {
  await bookNow(['USDC', '0.1'], ['SOL', '9007199254740993.000000001'])
  await bookNow(['USDC', '0.2'])
  await bookNow(['USDC', '-0.3'], ['SOL', '-9007199254740993'])
  expect(await listBalances(database.open.db, [agentId])).toEqual([
    [
      {
        chain: 'solana',
        wallet,
        asset: 'SOL',
        symbol: 'SOL',
        amount: '0.000000001',
        available: '0.000000001',
        reserved: '0',
      },
    ],
  ])
})

describe('no more can be taken than there is', () => {
  test('of a balance, of none, and all of the transaction is undone', async () => {
    await bookNow(['USDC', '1'])
    await expect(bookNow(['SOL', '5'], ['USDC', '-1.000001'])).rejects.toThrow()
    await expect(bookNow(['SOL', '-1'])).rejects.toThrow('no SOL')
    expect(await availableOf(database.open.db, wallet, 'SOL')).toBe('0')
    expect(await availableOf(database.open.db, wallet, 'USDC')).toBe('1')
  })

  test('nor of what is reserved', async () => {
    const { db } = database.open
    await db
      .transaction(async (tx) => {
        await book(tx, ['USDC', '10'])
        expect(await reserve(tx, wallet, 'USDC', '7')).toBe(true)
        expect(await reserve(tx, wallet, 'USDC', '3.000001')).toBe(false)
        expect(await availableOf(tx, wallet, 'USDC')).toBe('3')
        await expect(tx.transaction((inner) => book(inner, ['USDC', '-3.5']))).rejects.toThrow()
        await release(tx, wallet, 'USDC', '7')
        await expect(tx.transaction((inner) => release(inner, wallet, 'USDC', '0.1'))).rejects.toThrow()
        throw new Error('undone')
      })
      .catch((error: unknown) => expect(String(error)).toBe('Error: undone'))
  })

  test('however many try at once', async () => {
    const { db } = database.open
    await bookNow(['USDC', '10'])
    const taken = await Promise.allSettled(Array.from({ length: 30 }, () => bookNow(['USDC', '-1'])))
    expect(taken.filter(({ status }) => status === 'fulfilled')).toHaveLength(10)
    expect(await availableOf(db, wallet, 'USDC')).toBe('0')
  })
})

test('PostgreSQL itself refuses what the code must never write', async () => {
  await bookNow(['USDC', '10'])
  const refused = [
    sql`UPDATE balances SET amount = -1 WHERE wallet = ${wallet}`,
    sql`UPDATE balances SET reserved = amount + 1 WHERE wallet = ${wallet}`,
    sql`UPDATE balances SET reserved = -1 WHERE wallet = ${wallet}`,
  ]
  for (const statement of refused) await expect(database.open.db.execute(statement)).rejects.toThrow()
})
