import type { Asset, Candle, DeskState, Keyspace, Price } from '../src/api/shapes.ts'

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
export function candle(time: number, close = '1'): Candle {
  return { time, open: '1', high: '2', low: '0.5', close, volume: '10', trades: 3 }
}

/** A cached keyspace with some reads. */
export function keyspace(counts: Keyspace['counts'] = {}, name = 'price'): Keyspace {
  return {
    name,
    kind: 'cached',
    key: `${name}:{chain}:{asset}`,
    about: 'Last traded price.',
    ttlMs: 30_000,
    l1: { entries: 24, maxEntries: 10_000 },
    counts: { l1Hits: 0, l2Hits: 0, loads: 0, ...counts },
    hitRatio: null,
    readMs: null,
    loadMs: null,
  }
}

/** The state layer after `uptimeMs`. */
export function deskState(uptimeMs: number, keyspaces: readonly Keyspace[]): DeskState {
  return { uptimeMs, store: 'redis', tiers: ['l1', 'l2', 'source'], keyspaces }
}
