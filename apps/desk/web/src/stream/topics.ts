import type { Interval } from '../api/shapes.ts'

/** The candles of one asset, as a name for them. */
export function candlesTopic(chain: string, asset: string, interval: Interval): string {
  return `candles:${chain}:${asset}:${interval}`
}
