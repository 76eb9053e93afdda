import type { Interval } from './shapes.ts'

/** The cache keys that the stream writes to. */
export const queryKeys = {
  status: ['status'],
  candles: (chain: string, asset: string, interval: Interval) => ['candles', chain, asset, interval],
} as const
