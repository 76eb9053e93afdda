import type { Asset, Candle, DeskState, Keyspace, Price } from '../src/api/shapes.ts'
import type { Position, Trade, Transaction } from '../src/api/trading-shapes.ts'

/** A price of SOL, changed as a test needs it. */
export function price(change: Partial<Price> = {}): Price {
  return {
    chain: 'solana',
    asset: 'So1',
    symbol: 'SOL',
    quote: 'USDC',
    price: '184.23',
    change24h: '1.5',
    eventTime: 1_700_000_000_000,
    seq: 1,
    ageMs: 0,
    tier: 'l1',
    stale: false,
    ...change,
  }
}

/** An asset on Solana named after its symbol. */
export function asset(symbol: string, change: Partial<Asset> = {}): Asset {
  return {
    chain: 'solana',
    asset: `${symbol}-address`,
    symbol,
    name: symbol,
    decimals: 9,
    quote: 'USDC',
    ...change,
  }
}

/** A candle that starts at `time` and closes at `close`. */
export function candle(time: number, close = '1', trades = 3): Candle {
  return { time, open: '1', high: '2', low: '0.5', close, volume: '10', trades }
}

/** A cached keyspace with some reads. */
export function keyspace(counts: Keyspace['counts'] = {}, name = 'price'): Keyspace {
  return {
    name,
    kind: 'cached',
    key: `${name}:{chain}:{asset}`,
    about: 'Last traded price.',
    ttlMs: 30_000,
    details: {},
    l1: { entries: 24, maxEntries: 10_000 },
    counts: { l1Hits: 0, l2Hits: 0, loads: 0, ...counts },
    hitRatio: null,
    readMs: null,
    loadMs: null,
    shared: null,
  }
}

/** The state layer after `uptimeMs`. */
export function deskState(uptimeMs: number, keyspaces: readonly Keyspace[]): DeskState {
  return { uptimeMs, store: 'redis', tiers: ['l1', 'l2', 'source'], keyspaces }
}

/** An open position of 2 SOL that cost 300 USDC, at a price of 160. */
export function position(change: Partial<Position> = {}): Position {
  return {
    id: 'p1',
    chain: 'solana',
    asset: 'So1',
    symbol: 'SOL',
    quote: 'USDC',
    decimals: 9,
    quoteDecimals: 6,
    status: 'open',
    amount: '2',
    entryPrice: '150',
    cost: '300',
    peakPrice: '165',
    stopPrice: '102',
    price: '160',
    priceAgeMs: 100,
    value: '320',
    unrealised: '20',
    realised: '0',
    profitPercent: '6.66',
    openedAt: '2026-01-02T03:04:05.000Z',
    closedAt: null,
    closeReason: null,
    ...change,
  }
}

/** An executed purchase of 2 SOL. */
export function transaction(change: Partial<Transaction> = {}): Transaction {
  return {
    id: 't1',
    intentId: 'i1',
    type: 'BUY',
    status: 'CONFIRMED',
    chain: 'solana',
    asset: 'So1',
    symbol: 'SOL',
    quote: 'USDC',
    baseAmount: '2',
    quoteAmount: '299.7003',
    price: '149.85015',
    fee: '0.2997',
    priceImpact: '0.0001',
    reason: 'manual',
    realised: null,
    error: null,
    at: '2026-01-02T03:04:05.000Z',
    ...change,
  }
}

/** What became of an order; executed, unless a test says otherwise. */
export function trade(change: Partial<Trade> = {}): Trade {
  return {
    intentId: 'i1',
    status: 'CONFIRMED',
    positionId: 'p1',
    transaction: transaction(),
    error: null,
    ...change,
  }
}
