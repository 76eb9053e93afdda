/**
 * The board: what the feed's process knows of every asset from the ticks it has seen. The source of the price and
 * candle keyspaces: it answers their loaders.
 */
import type { Clock } from 'holdfast'
import * as decimal from '../domain/decimal.ts'
import type { Candle } from './candles/candle.ts'
import { createCandles } from './candles/candles.ts'
import type { Interval } from './candles/interval.ts'
import type { Price } from './price.ts'
import type { Tick } from './price-source.ts'

const DAY_MS = 86_400_000
/** 24 hours of these, and one more. */
const REFERENCE_INTERVAL: Interval = '5m'
const REFERENCE_LENGTH_MS = 300_000
const REFERENCE_CANDLES = DAY_MS / REFERENCE_LENGTH_MS + 1

/** An asset, as keys and routes name it. */
export interface AssetId {
  readonly chain: string
  readonly asset: string
}

/** A price, and how long ago its tick was received here. */
export interface LatestPrice {
  readonly price: Price
  readonly ageMs: number
}

/** What is known of all assets. */
export interface Board {
  /** Counts a tick and makes it the asset's price. */
  record(tick: Tick): Price
  /** Counts a tick of the past: candles only. */
  recordPast(tick: Tick): void
  latest(id: AssetId): LatestPrice | null
  candles(id: AssetId, interval: Interval, limit: number): Candle[]
  /** Ticks recorded so far, of all assets; the past does not count. */
  ticks(): number
  /** Milliseconds since the last tick of any asset was received; null before the first. */
  silenceMs(): number | null
}

interface Known {
  price: Price
  receivedMs: number
}

/** A board that knows nothing yet. */
export function createBoard(clock: Clock): Board {
  const candles = createCandles()
  const known = new Map<string, Known>()
  const references = new Map<string, { readonly bar: number; readonly price: string | null }>()
  let ticks = 0
  let lastReceivedMs: number | null = null

  /** The close of the candle that lay 24 hours back. Looked up once per candle: it does not change in between. */
  const referencePrice = (tick: Tick, key: string): string | null => {
    const bar = Math.floor(tick.eventTimeMs / REFERENCE_LENGTH_MS)
    const cached = references.get(key)
    if (cached?.bar === bar) return cached.price
    const before = candles
      .list(pairOf(tick), REFERENCE_INTERVAL, REFERENCE_CANDLES)
      .findLast(({ time }) => time <= tick.eventTimeMs - DAY_MS)
    const reference = { bar, price: before?.close ?? null }
    references.set(key, reference)
    return reference.price
  }

  return {
    record(tick) {
      const key = `${tick.chain}:${tick.asset}`
      candles.add(tick)
      ticks++
      lastReceivedMs = clock.now()
      const price: Price = {
        price: tick.price,
        eventTime: tick.eventTimeMs,
        seq: (known.get(key)?.price.seq ?? 0) + 1,
        change24h: change(referencePrice(tick, key), tick.price),
      }
      known.set(key, { price, receivedMs: lastReceivedMs })
      return price
    },
    recordPast: (tick) => candles.add(tick),
    latest({ chain, asset }) {
      const found = known.get(`${chain}:${asset}`)
      return found ? { price: found.price, ageMs: clock.now() - found.receivedMs } : null
    },
    candles: (id, interval, limit) => candles.list(pairOf(id), interval, limit),
    ticks: () => ticks,
    silenceMs: () => (lastReceivedMs === null ? null : clock.now() - lastReceivedMs),
  }
}

function pairOf({ chain, asset }: AssetId): Pick<Tick, 'chain' | 'asset'> {
  return { chain: chain as Tick['chain'], asset }
}

/** `(now − then) / then` in percent, rounded once to two digits. */
function change(then: string | null, now: string): string | null {
  if (then === null) return null
  const before = decimal.parse(then, 'price')
  if (decimal.sign(before) <= 0) return null
  try {
    const { units, scale } = decimal.subtract(decimal.parse(now, 'price'), before)
    const percent = decimal.divide({ units: units * 100n, scale }, before, 2, 'half-even')
    return `${decimal.sign(percent) > 0 ? '+' : ''}${decimal.format(percent)}`
  } catch (error) {
    // Prices so far apart that no decimal of ours holds both say nothing in percent.
    if (error instanceof decimal.DecimalError && error.code === 'DECIMAL_OVERFLOW') return null
    throw error
  }
}
