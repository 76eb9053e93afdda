/**
 * A recorded market as a test knows it: read by other means than the desk's own reader, and counted in whole units
 * of 10^-8, so that what the desk says can be compared digit by digit.
 */

/** One line of an aggTrades dump. */
export interface RecordedTrade {
  readonly price: bigint
  readonly quantity: bigint
  readonly time: number
}

/** A candle as the API shows it. */
export interface ShownCandle {
  readonly time: number
  readonly open: string
  readonly high: string
  readonly low: string
  readonly close: string
  readonly volume: string
  readonly trades: number
}

const LENGTH_MS = {
  '1m': 60_000,
  '5m': 300_000,
  '15m': 900_000,
  '1h': 3_600_000,
  '4h': 14_400_000,
  '1d': 86_400_000,
}

/** The name of a candle interval. */
export type IntervalName = keyof typeof LENGTH_MS
export const INTERVAL_NAMES = Object.keys(LENGTH_MS) as IntervalName[]

/** The trades in a dump whose first line is a header. */
export function tradesIn(csv: string): RecordedTrade[] {
  const [, ...lines] = csv.trimEnd().split('\n')
  return lines.map((line) => {
    const [, price = '', quantity = '', , , time] = line.split(',')
    return { price: unitsOf(price), quantity: unitsOf(quantity), time: Number(time) }
  })
}

/** `'1.5'` is 150000000. */
export function unitsOf(text: string): bigint {
  const [whole = '', fraction = ''] = text.split('.')
  return BigInt(whole + fraction.padEnd(8, '0'))
}

/** 150000000 is `'1.5'`. */
export function textOf(units: bigint): string {
  const digits = units.toString().padStart(9, '0')
  return `${digits.slice(0, -8)}.${digits.slice(-8)}`.replace(/\.?0+$/, '')
}

/** All candles of the trades. */
export function candlesIn(trades: readonly RecordedTrade[], interval: IntervalName): ShownCandle[] {
  const groups = new Map<number, RecordedTrade[]>()
  for (const trade of trades) {
    const time = Math.floor(trade.time / LENGTH_MS[interval]) * LENGTH_MS[interval]
    const group = groups.get(time)
    if (group) group.push(trade)
    else groups.set(time, [trade])
  }
  return [...groups].map(([time, group]) => {
    const prices = group.map(({ price }) => price)
    const sorted = prices.toSorted((a, b) => (a < b ? -1 : 1))
    return {
      time,
      open: textOf(prices[0] ?? 0n),
      high: textOf(sorted.at(-1) ?? 0n),
      low: textOf(sorted[0] ?? 0n),
      close: textOf(prices.at(-1) ?? 0n),
      volume: textOf(group.reduce((sum, { quantity }) => sum + quantity, 0n)),
      trades: group.length,
    }
  })
}

/** A dump of `count` trades in `spanMs`, with pauses, bursts at one moment, and prices of few and of many digits. */
export function inventDump(count: number, spanMs: number): string {
  const startMs = Date.UTC(2019, 9, 11, 0, 0, 11)
  const header =
    'agg_trade_id,price,quantity,first_trade_id,last_trade_id,transact_time,is_buyer_maker,is_best_match'
  const lines = Array.from({ length: count }, (_, index) => {
    // Without chance: the same dump every time.
    const price = 140_000n + BigInt((index * 7_919) % 5_003)
    const quantity = index % 10 === 0 ? 1n : BigInt(((index * 104_729) % 997) + 1) * 100_000_000n
    const timeMs = startMs + Math.floor((Math.floor(index / 3) * 3 * spanMs) / count)
    return [index, fixed(price), fixed(quantity), index, index, timeMs, 'true', 'true'].join(',')
  })
  return `${[header, ...lines].join('\n')}\n`
}

function fixed(units: bigint): string {
  const digits = units.toString().padStart(9, '0')
  return `${digits.slice(0, -8)}.${digits.slice(-8)}`
}
