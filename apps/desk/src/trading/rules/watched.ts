import * as decimal from '../../domain/decimal.ts'
import type { Decimal } from '../../domain/decimal.ts'
import type { TradingConfig } from './config.ts'
import { type DcaPurchase, dcaPurchase, type DcaRule, dcaRule } from './dca.ts'
import { type Held, held, type PositionState } from './held.ts'
import type { Peaks } from './peaks.ts'
import { type StaleRule, staleRule, type StaleWindow, staleWindow } from './stale.ts'
import { stopAt, type StopRule, stopRule } from './stop-loss.ts'
import { nextLevelPrice, type TakeProfitRule, takeProfitRule } from './take-profit.ts'

// A tick compares one price with a handful of prices for each position. Reading texts and multiplying percentages is
// done once for a config and once for a version of a position, not on every tick.

/** A config made ready for many positions and many ticks. Null: the config has no such rule. */
export interface Rules {
  readonly stop: StopRule | null
  readonly takeProfit: TakeProfitRule | null
  readonly stale: StaleRule | null
  readonly dca: DcaRule | null
}

/** A position with the prices that its rules wait for. Null: that rule waits for nothing. */
export interface Watched extends Held {
  readonly rules: Rules
  readonly peak: Decimal
  readonly low: Decimal
  /** At or below it everything is sold. */
  readonly stop: Decimal | null
  /** At or above it the next take-profit level is due. */
  readonly profitFrom: Decimal | null
  readonly stale: StaleWindow | null
  readonly dca: DcaPurchase | null
}

/** Makes a config ready. It must be free of contradictions. */
export function prepareRules(config: TradingConfig): Rules {
  return {
    stop: stopRule(config.stopLoss),
    takeProfit: takeProfitRule(config.takeProfit),
    stale: staleRule(config.stale),
    dca: dcaRule(config.dca),
  }
}

/** Makes a position ready. To be done again when the position or its config changed. @throws DecimalError */
export function watch(position: PositionState, rules: Rules): Watched {
  const read = held(position)
  const peak = decimal.parse(position.peakPrice, 'peakPrice')
  return {
    ...read,
    rules,
    peak,
    low: decimal.parse(position.lowPrice, 'lowPrice'),
    stop: rules.stop && stopAt(rules.stop, read.entry, peak),
    profitFrom: rules.takeProfit && nextLevelPrice(rules.takeProfit, read),
    stale: rules.stale && staleWindow(rules.stale, read),
    dca: rules.dca && dcaPurchase(rules.dca, read),
  }
}

/** The position after a price. The same object unless a peak moved. A price of zero or less moves none. */
export function observe(watched: Watched, price: Decimal): Watched {
  if (decimal.compare(price, watched.peak) > 0) {
    const { rules, entry } = watched
    return { ...watched, peak: price, stop: rules.stop && stopAt(rules.stop, entry, price) }
  }
  if (decimal.compare(price, watched.low) < 0 && decimal.sign(price) > 0) return { ...watched, low: price }
  return watched
}

/** The peaks of a watched position as they are stored. */
export function peaksOf({ peak, low }: Watched): Peaks {
  return { peakPrice: decimal.format(peak), lowPrice: decimal.format(low) }
}
