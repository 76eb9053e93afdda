import type { Position } from '../../../src/domain/position.ts'
import { SOL } from '../../test-desk.ts'

/** An open position as PostgreSQL would give it: 10 SOL, bought at 100. */
export function positionOf(change: Partial<Position> = {}): Position {
  return {
    id: '10000000-0000-4000-8000-000000000001',
    userId: '20000000-0000-4000-8000-000000000001',
    agentId: '30000000-0000-4000-8000-000000000001',
    wallet: 'paper_solana_a',
    chain: SOL.chain,
    asset: SOL.asset,
    symbol: SOL.symbol,
    quote: SOL.quote,
    decimals: SOL.decimals,
    quoteDecimals: 6,
    status: 'open',
    amount: '10',
    bought: '10',
    cost: '1001',
    entryPrice: '100',
    peakPrice: '100',
    lowPrice: '100',
    realised: '0',
    dcaCount: 0,
    lastDcaAtMs: null,
    levelsHit: [],
    moonbag: false,
    version: 1,
    openedAtMs: Date.UTC(2026, 0, 1),
    closedAtMs: null,
    closeReason: null,
    ...change,
  }
}
