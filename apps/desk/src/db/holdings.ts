import { and, eq, notExists, sql } from 'drizzle-orm'
import type { Holdings } from '../domain/balance.ts'
import * as decimal from '../domain/decimal.ts'
import type { Session } from './database.ts'
import { assets, balances, positions, transactions, wallets } from './schema.ts'

/** What an agent has, without prices. Several statements: to be asked in one snapshot. Never null. */
export async function findHoldings(tx: Session, agentId: string): Promise<Holdings> {
  const listed = tx
    .select({ one: sql`1` })
    .from(assets)
    .where(and(eq(assets.chain, wallets.chain), eq(assets.asset, balances.asset)))
  const money = await tx
    .select({ chain: wallets.chain, currency: balances.asset, amount: balances.amount })
    .from(balances)
    .innerJoin(wallets, eq(wallets.address, balances.wallet))
    .where(and(eq(balances.agentId, agentId), notExists(listed)))
    .orderBy(wallets.chain, balances.asset)
  const deposits = await tx
    .select({
      chain: transactions.chain,
      currency: transactions.quote,
      total: sql<string>`sum(${transactions.quoteAmount})`,
    })
    .from(transactions)
    .where(and(eq(transactions.agentId, agentId), eq(transactions.type, 'DEPOSIT')))
    .groupBy(transactions.chain, transactions.quote)
  const ofPositions = and(eq(assets.chain, positions.chain), eq(assets.asset, positions.asset))
  const realised = await tx
    .select({
      chain: positions.chain,
      currency: assets.quote,
      total: sql<string>`sum(${positions.realised})`,
    })
    .from(positions)
    .innerJoin(assets, ofPositions)
    .where(eq(positions.agentId, agentId))
    .groupBy(positions.chain, assets.quote)
  const held = await tx
    .select({
      chain: positions.chain,
      asset: positions.asset,
      quote: assets.quote,
      amount: positions.amount,
      cost: positions.cost,
    })
    .from(positions)
    .innerJoin(assets, ofPositions)
    .where(and(eq(positions.agentId, agentId), eq(positions.status, 'open')))
    .orderBy(positions.openedAt, positions.id)

  return {
    cash: money.map(({ chain, currency, amount }) => ({
      chain,
      currency,
      amount: decimal.canonical(amount),
      deposited: totalOf(deposits, chain, currency),
      realised: totalOf(realised, chain, currency),
    })),
    positions: held.map(({ chain, asset, quote, amount, cost }) => ({
      chain,
      asset,
      quote,
      amount: decimal.canonical(amount),
      cost: decimal.canonical(cost),
    })),
  }
}

function totalOf(
  totals: readonly { readonly chain: string; readonly currency: string; readonly total: string }[],
  chain: string,
  currency: string,
): string {
  const found = totals.find((each) => each.chain === chain && each.currency === currency)
  return decimal.canonical(found?.total ?? '0')
}
