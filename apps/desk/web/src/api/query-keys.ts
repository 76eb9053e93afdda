import type { Interval } from './shapes.ts'

/** The cache keys that the stream writes to, or tells to be fetched again. */
export const queryKeys = {
  status: ['status'],
  sessions: ['sessions'],
  agents: ['agents'],
  candles: (chain: string, asset: string, interval: Interval) => ['candles', chain, asset, interval],
} as const
