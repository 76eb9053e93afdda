import { PGlite } from '@electric-sql/pglite'
import { PrismaPg } from '@prisma/adapter-pg'
import { drizzle } from 'drizzle-orm/node-postgres'
import { open, strong, WriteRolledBackError } from 'holdfast'
import { drizzleTruth, pgliteTruth, pgTruth, soundPool } from 'holdfast/postgres'
import pg from 'pg'
import { z } from 'zod'

function poolOf(connectionString: string): pg.Pool {
  const pool = new pg.Pool({
    connectionString,
    max: 30,
    connectionTimeoutMillis: 3_000,
    statement_timeout: 5_000,
    query_timeout: 6_000,
    idle_in_transaction_session_timeout: 10_000,
    keepAlive: true,
  })
  pool.on('error', (error) => console.error(error.message))
  return pool
}

export const onPg = (url: string) => pgTruth(poolOf(url))
export const onDrizzle = (url: string) => drizzleTruth(drizzle(poolOf(url)))
export const prismaAdapter = (url: string) => new PrismaPg(soundPool(poolOf(url)))

const db = await PGlite.create()
await db.exec(`CREATE TABLE balance (wallet text PRIMARY KEY, amount numeric NOT NULL);
  INSERT INTO balance VALUES ('w1', 100)`)

type Session = Pick<PGlite, 'query' | 'exec'>
const balance = strong({
  key: 'balance:{wallet}',
  about: 'What a wallet holds.',
  value: z.string(),
  row: true,
  async load({ wallet }, tx: Session) {
    const { rows } = await tx.query<{ amount: string }>('SELECT amount FROM balance WHERE wallet = $1', [
      wallet,
    ])
    return rows[0]?.amount
  },
})
const state = await open({ balance }, { truth: pgliteTruth(db) })

await state.write(
  async (tx, changes) => {
    await tx.query('UPDATE balance SET amount = amount - 30 WHERE wallet = $1', ['w1'])
    changes.put(balance, { wallet: 'w1' })
  },
  { isolation: 'serializable', retries: 3 },
)
console.log(await state.balance.get({ wallet: 'w1' })) // 70

await state.write(async (tx, changes) => {
  changes.put(balance, { wallet: 'w1' })
  await tx.query('UPDATE balance SET amount = amount + 5 WHERE wallet = $1', ['w1'])
  await tx.exec('SAVEPOINT bonus')
  await tx.query("SELECT 'not a number'::numeric").catch(() => tx.exec('ROLLBACK TO SAVEPOINT bonus'))
})
console.log(await state.balance.get({ wallet: 'w1' })) // 75

const careless = state.write(async (tx, changes) => {
  changes.put(balance, { wallet: 'w1' })
  await tx.query('UPDATE balance SET amount = 0 WHERE wallet = $1', ['w1'])
  await tx.query("SELECT 'not a number'::numeric").catch(() => undefined)
})
console.log(await careless.catch((error: unknown) => error instanceof WriteRolledBackError)) // true
console.log(await state.balance.get({ wallet: 'w1' })) // 75

await state.close()
await db.close()
