import { TradingConfig } from '../../../src/trading/rules/config.ts'
import { contradictions } from '../../../src/trading/rules/contradictions.ts'
import type { PositionState } from '../../../src/trading/rules/held.ts'

export const OPENED_AT_MS = 1_700_000_000_000

/** A position of 100 units bought at 1 quote each, unless said otherwise; its peaks are at its entry price. */
export function aPosition(change: Partial<PositionState> = {}): PositionState {
  const entryPrice = change.entryPrice ?? '1'
  return {
    amount: '100',
    bought: '100',
    cost: '100',
    entryPrice,
    peakPrice: entryPrice,
    lowPrice: entryPrice,
    dcaCount: 0,
    lastDcaAtMs: null,
    levelsHit: [],
    moonbag: false,
    openedAtMs: OPENED_AT_MS,
    decimals: 6,
    quoteDecimals: 6,
    ...change,
  }
}

/** A config with only those rules that are given; what is given must be free of contradictions. */
export function onlyRules(rules: Record<string, object>): TradingConfig {
  const config = TradingConfig.parse({
    stopLoss: { enabled: false },
    takeProfit: { enabled: false },
    stale: { enabled: false },
    ...rules,
  })
  const found = contradictions(config)
  if (found.length > 0) throw new Error(found.map(({ field, message }) => `${field} ${message}`).join('; '))
  return config
}
