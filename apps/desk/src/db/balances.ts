/**
 * Balances. Every change is arithmetic of PostgreSQL on the row itself: nothing that was read before, here or in a
 * cache, is written back. Callers hold the agent (see `lockAgent`), so that rows are locked in one order.
 */
import { and, asc, eq, inArray, sql } from 'drizzle-orm'
import type { Balance } from '../domain/balance.ts'
import * as decimal from '../domain/decimal.ts'
import type { Session } from './database.ts'
import { assets, balances, ledger, wallets } from './schema.ts'

/** A line of the ledger: what a transaction adds to a balance, or takes from it. Decimal text. */
export interface Posting {
  readonly wallet: string
  readonly agentId: string
  readonly asset: string
  readonly delta: string
}

/** What the agents hold, in their order; each by chain and asset. What was spent to the last digit is left out. */
export async function listBalances(tx: Session, agentIds: readonly string[]): Promise<Balance[][]> {
  const rows = await tx
    .select({
      agentId: balances.agentId,
      chain: wallets.chain,
      wallet: balances.wallet,
      asset: balances.asset,
      symbol: assets.symbol,
      amount: balances.amount,
      available: sql<string>`${balances.amount} - ${balances.reserved}`,
      reserved: balances.reserved,
    })
    .from(balances)
    .innerJoin(wallets, eq(wallets.address, balances.wallet))
    .leftJoin(assets, and(eq(assets.chain, wallets.chain), eq(assets.asset, balances.asset)))
    .where(and(inArray(balances.agentId, [...agentIds]), sql`${balances.amount} > 0`))
    .orderBy(asc(wallets.chain), asc(balances.asset))
  return agentIds.map((agentId) =>
    rows
      .filter((row) => row.agentId === agentId)
      .map(({ chain, wallet, asset, symbol, amount, available, reserved }) => ({
        chain,
        wallet,
        asset,
        // What is not listed as an asset is a currency, and named by its symbol.
        symbol: symbol ?? asset,
        amount: decimal.canonical(amount),
        available: decimal.canonical(available),
        reserved: decimal.canonical(reserved),
      })),
  )
}

/** What can be spent of `asset`; `'0'` where there is no such balance. */
export async function availableOf(tx: Session, wallet: string, asset: string): Promise<string> {
  const [row] = await tx
    .select({ available: sql<string>`${balances.amount} - ${balances.reserved}` })
    .from(balances)
    .where(of(wallet, asset))
  return decimal.canonical(row?.available ?? '0')
}

/** Sets `amount` aside. False, and nothing is changed, when there is not so much. */
export async function reserve(tx: Session, wallet: string, asset: string, amount: string): Promise<boolean> {
  const rows = await tx
    .update(balances)
    .set({ reserved: sql`${balances.reserved} + ${amount}::numeric`, ...changed })
    .where(and(of(wallet, asset), sql`${balances.amount} - ${balances.reserved} >= ${amount}::numeric`))
    .returning({ wallet: balances.wallet })
  return rows.length === 1
}

/** Gives back what `reserve` set aside. @throws Error when it is not there: then nothing may go on. */
export async function release(tx: Session, wallet: string, asset: string, amount: string): Promise<void> {
  const rows = await tx
    .update(balances)
    .set({ reserved: sql`${balances.reserved} - ${amount}::numeric`, ...changed })
    .where(of(wallet, asset))
    .returning({ wallet: balances.wallet })
  if (rows.length !== 1) throw new Error(`nothing is reserved of ${asset} in ${wallet}`)
}

/**
 * Books a transaction: every posting becomes a ledger line and changes its balance.
 *
 * @throws Error when more is taken than there is; DrizzleQueryError for the table's own checks
 */
export async function post(tx: Session, transactionId: string, postings: readonly Posting[]): Promise<void> {
  for (const { wallet, agentId, asset, delta } of postings) {
    if (decimal.sign(decimal.parse(delta, 'delta')) < 0) {
      const rows = await tx
        .update(balances)
        .set({ amount: sql`${balances.amount} + ${delta}::numeric`, ...changed })
        .where(of(wallet, asset))
        .returning({ wallet: balances.wallet })
      if (rows.length !== 1) throw new Error(`there is no ${asset} in ${wallet} to take from`)
    } else {
      await tx
        .insert(balances)
        .values({ wallet, agentId, asset, amount: delta, version: 1 })
        .onConflictDoUpdate({
          target: [balances.wallet, balances.asset],
          set: { amount: sql`${balances.amount} + excluded.amount`, ...changed },
        })
    }
  }
  await tx
    .insert(ledger)
    .values(postings.map(({ wallet, asset, delta }) => ({ transactionId, wallet, asset, delta })))
}

const changed = { version: sql`${balances.version} + 1`, updatedAt: sql`now()` }

function of(wallet: string, asset: string) {
  return and(eq(balances.wallet, wallet), eq(balances.asset, asset))
}
