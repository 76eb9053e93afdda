import { cached, idempotency, limiter, lock, strong } from 'holdfast'
import { z } from 'zod'
import { countAccountChanges } from '../db/account.ts'
import { listBalances } from '../db/balances.ts'
import type { Database, Session } from '../db/database.ts'
import { findHoldings } from '../db/holdings.ts'
import { listExposure, listOpenPositions } from '../db/positions.ts'
import { findTradeStatus } from '../db/transactions.ts'
import { Balance, Holdings } from '../domain/balance.ts'
import { Position } from '../domain/position.ts'
import { TradeResult, TradeStatus, Transaction } from '../domain/trade.ts'

/** Touched by every write that reserves, spends or receives. */
export const balances = strong({
  key: 'balances:{agentId}',
  about:
    'What an agent has in its wallets, and what of it is reserved. Changed by the commit of each step of a trade.',
  value: z.array(Balance),
  load: async ({ agentId }, tx: Session) => (await listBalances(tx, [agentId]))[0],
  loadMany: (ids, tx: Session) =>
    listBalances(
      tx,
      ids.map(({ agentId }) => agentId),
    ),
  expect: { hitRatio: 0.9, readP99: '5ms' },
})

/** Touched by every trade that is executed. */
export const openPositions = strong({
  key: 'positions:{agentId}',
  about: 'Open positions of an agent, the oldest first. Changed by the commit of each executed trade.',
  value: z.array(Position),
  load: async ({ agentId }, tx: Session) => (await listOpenPositions(tx, [agentId]))[0],
  loadMany: (ids, tx: Session) =>
    listOpenPositions(
      tx,
      ids.map(({ agentId }) => agentId),
    ),
  expect: { hitRatio: 0.9, readP99: '5ms' },
})

/** Touched by every executed trade and deposit. Prices are added at each read: they change without a write. */
export const portfolio = strong({
  key: 'portfolio:{agentId}',
  about:
    'Cash, deposits, realised profit and holdings of an agent, without prices. Changed by each executed trade.',
  value: Holdings,
  snapshot: true,
  load: ({ agentId }, tx: Session) => findHoldings(tx, agentId),
  expect: { hitRatio: 0.9, readP99: '5ms' },
})

/** Touched by every step of the trade. */
export const tradeStatus = strong({
  key: 'trade:{intentId}',
  about: 'Where a trade stands. Changed by the commit of each of its steps.',
  value: TradeStatus,
  ttl: '10m',
  load: ({ intentId }, tx: Session) => findTradeStatus(tx, intentId),
  expect: { hitRatio: 0.5 },
})

/**
 * Deleted after every executed trade of the asset. Eventual: whoever acts on it names the version of the position in
 * the order, which is refused when the row has moved on (`expectedVersion`), and in its key, so that what was decided
 * on one version is not done twice.
 */
export const exposure = cached({
  key: 'exposure:{chain}:{asset}',
  about:
    'All open positions of an asset, of everybody: what each tick is held against. Deleted after each trade of it.',
  value: z.array(Position),
  ttl: '5s',
  l1: { max: 10_000 },
  maxValueBytes: 16 * 2 ** 20,
  // Always all of them, from PostgreSQL: a partial answer would hide positions from their stop loss.
  load: ({ chain, asset }, { db }: { db: Database }) => listExposure(db, chain, asset),
  expect: { hitRatio: 0.95, readP99: '5ms' },
})

/** Deleted after every change of a user's agents, orders and money: what follows this number reads the rest again. */
export const account = cached({
  key: 'account:{userId}',
  about:
    "Counts the changes of a user's agents, orders and money. A stream that sees another number tells its client so.",
  value: z.object({ version: z.number() }),
  ttl: '1m',
  l1: { max: 10_000 },
  load: async ({ userId }, { db }: { db: Database }) => ({ version: await countAccountChanges(db, userId) }),
  expect: { hitRatio: 0.95 },
})

/** How long a key stands for its trade. */
export const TRADE_KEY_TTL = '24h'

/** One row for each key of a user, in the transactions of the trade itself. */
export const tradeResult = idempotency({
  key: 'idempotency:trade:{userId}:{key}',
  about:
    'What came of a trade, under the key that it was asked for with. Stored by the commit that moved the money.',
  value: TradeResult,
  ttl: TRADE_KEY_TTL,
})

/** As `tradeResult`, for money that is put in. */
export const depositResult = idempotency({
  key: 'idempotency:deposit:{userId}:{key}',
  about: 'What came of a deposit, under the key that it was asked for with.',
  value: z.object({ transaction: Transaction }),
  ttl: TRADE_KEY_TTL,
})

/** Held from the look at a position until the order to sell it is written down. */
export const positionLock = lock({
  key: 'lock:position:{positionId}',
  about:
    'One seller looks at a position at a time. Its token goes into the position, which refuses a smaller one.',
  lease: '10s',
})

/** Money: what cannot be counted is refused. */
export const tradeRate = limiter({
  key: 'rate:trades:{userId}',
  about: 'Trades that a user asks for. Replays and conflicts are not counted.',
  rate: '10/60s',
  onStoreDown: 'deny',
})

/** One a user at a time. */
export const autoBuyCooldown = limiter({
  key: 'rate:auto-buy:{userId}',
  about: 'Purchases by a pasted address, one in half a minute.',
  rate: '1/30s',
  onStoreDown: 'deny',
})
