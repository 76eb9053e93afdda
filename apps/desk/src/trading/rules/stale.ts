import * as decimal from '../../domain/decimal.ts'
import type { Decimal } from '../../domain/decimal.ts'
import type { TradingConfig } from './config.ts'
import type { Held } from './held.ts'
import { priceAt } from './percent.ts'

/** When a position that goes nowhere is closed. */
export interface StaleRule {
  readonly afterMs: number
  readonly minGain: Decimal
  readonly maxGain: Decimal
}

/** From when on, and between which prices, both included, a position is stale. */
export interface StaleWindow {
  readonly fromMs: number
  readonly lowest: Decimal
  readonly highest: Decimal
}

/** The stale rule of a config, or null when there is none. */
export function staleRule(stale: TradingConfig['stale']): StaleRule | null {
  if (!stale.enabled) return null
  return {
    afterMs: stale.afterMinutes * 60_000,
    minGain: decimal.parse(stale.minGainPercent),
    maxGain: decimal.parse(stale.maxGainPercent),
  }
}

/** The window in which a position is closed as stale. Never a moonbag: it is kept because nobody waits for it. */
export function staleWindow(rule: StaleRule, { position, entry }: Held): StaleWindow | null {
  if (position.moonbag) return null
  return {
    fromMs: position.openedAtMs + rule.afterMs,
    lowest: priceAt(entry, rule.minGain),
    highest: priceAt(entry, rule.maxGain),
  }
}
