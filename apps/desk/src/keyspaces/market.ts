import { cached } from 'holdfast'
import { msgpack } from 'holdfast/msgpack'
import { z } from 'zod'
import { listAssets } from '../db/assets.ts'
import type { Database } from '../db/database.ts'
import type { Asset } from '../domain/assets.ts'
import { CHAINS } from '../domain/chains.ts'
import type { Board } from '../market/board.ts'
import type { Candle } from '../market/candles/candle.ts'
import type { Interval } from '../market/candles/interval.ts'
import { Price } from '../market/price.ts'

/** Candles that a pair and interval keep. */
export const MOST_CANDLES = 1_000

const AssetValue: z.ZodType<Asset, Asset> = z.object({
  chain: z.enum(CHAINS),
  asset: z.string(),
  symbol: z.string(),
  name: z.string(),
  decimals: z.number(),
  quote: z.string(),
  priceDecimals: z.number(),
})

/** A candle, as the API and the cache carry it. */
export const CandleValue: z.ZodType<Candle, Candle> = z
  .object({
    time: z.number(),
    open: z.string(),
    high: z.string(),
    low: z.string(),
    close: z.string(),
    volume: z.string(),
    trades: z.number(),
  })
  .meta({ id: 'Candle' })

/** Written by the feed with each tick. Trades ask for `maxAge: '30s'`; screens show what is older, up to the ttl, as stale. */
export const price = cached({
  key: 'price:{chain}:{asset}',
  about:
    'Last traded price. Written with each tick; trades ask for one no older than 30 s, screens mark older ones as stale.',
  value: Price,
  ttl: '60s',
  l1: { max: 10_000 },
  load: (id, { board }: { board: Board }, context) => {
    const latest = board.latest(id)
    if (latest) context.setAge(latest.ageMs)
    return latest?.price
  },
  expect: { hitRatio: 0.95, readP99: '5ms' },
})

/** Invalidated by the feed when a candle of the pair and interval is complete. */
export const ohlcv = cached({
  key: 'ohlcv:{chain}:{asset}:{interval}',
  about: 'Completed candles of a pair and interval, oldest first. Invalidated when one more is complete.',
  value: z.array(CandleValue),
  ttl: '5m',
  // A thousand candles are 126 kB of JSON: 25 kB so, and read in less than half of the time.
  codec: msgpack,
  compress: { above: '8kB' },
  l1: { max: 2_000, maxBytes: 64 * 2 ** 20 },
  load: ({ chain, asset, interval }, { board }: { board: Board }) => {
    return board.candles({ chain, asset }, interval as Interval, MOST_CANDLES).slice(0, -1)
  },
  expect: { hitRatio: 0.9, readP99: '20ms' },
})

/** Deleted when assets are listed. */
export const assets = cached({
  key: 'assets:listed',
  about: 'Everything that can be traded, by chain and symbol.',
  value: z.array(AssetValue),
  ttl: '1h',
  staleIfError: '1d',
  l1: { max: 1 },
  load: (_id, { db }: { db: Database }) => listAssets(db),
  expect: { hitRatio: 0.95 },
})
