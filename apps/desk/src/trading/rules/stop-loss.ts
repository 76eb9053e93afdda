/**
 * Stop loss: sells everything at or below a price that follows the peak upwards.
 *
 * The stop is a function of the entry price and the peak alone, and never falls while the peak rises (the config is
 * refused otherwise). So it only tightens, in every process and after every restart, with nothing to store but the
 * peak. It starts anew with a purchase that moves the entry price, because then the peak does too.
 *
 * All of it is relative to the entry: a price of 0.00000001 trails like one of 100,000.
 */
import * as decimal from '../../domain/decimal.ts'
import type { Decimal } from '../../domain/decimal.ts'
import type { TradingConfig } from './config.ts'
import { gainPercent, priceAt, shareOf } from './percent.ts'

/** A stop loss, ready to be asked: the percentage of the entry where it stands when the peak gained so much. */
export type StopRule = (peakGainPercent: Decimal) => Decimal

/** The stop of a config, or null when there is none. */
export function stopRule(stopLoss: TradingConfig['stopLoss']): StopRule | null {
  if (!stopLoss.enabled) return null
  const initial = decimal.parse(stopLoss.initialPercent)
  const trail = trailOf(stopLoss)
  return (gain) => trail(gain) ?? initial
}

/** Where the stop of a position stands. */
export function stopAt(rule: StopRule, entry: Decimal, peak: Decimal): Decimal {
  return priceAt(entry, rule(gainPercent(entry, peak)))
}

/** The trailing stop for a gain of the peak, or null while it does not trail. */
type Trail = (gain: Decimal) => Decimal | null

function trailOf(stopLoss: TradingConfig['stopLoss']): Trail {
  if (stopLoss.mode === 'custom') return customTrail(stopLoss.custom)
  const from = decimal.parse(stopLoss.trailFromPercent)
  const trailed = trailedBy(stopLoss, stopLoss.mode)
  return (gain) => (decimal.compare(gain, from) < 0 ? null : trailed(gain))
}

function trailedBy(
  { fixed, exponential, zones }: TradingConfig['stopLoss'],
  mode: 'fixed' | 'exponential' | 'zones',
): (gain: Decimal) => Decimal {
  switch (mode) {
    case 'fixed': {
      const distance = decimal.parse(fixed.distancePercent)
      return (gain) => decimal.subtract(gain, distance)
    }
    case 'exponential': {
      const keep = exponentialKeep(exponential)
      return (gain) => kept(gain, keep(gain))
    }
    case 'zones': {
      const keep = zoneKeep(zones)
      return (gain) => kept(gain, keep(gain))
    }
  }
}

function customTrail(levels: TradingConfig['stopLoss']['custom']): Trail {
  const parsed = levels.map(({ gainPercent, stopPercent }) => ({
    gain: decimal.parse(gainPercent),
    stop: decimal.parse(stopPercent),
  }))
  return (gain) => parsed.findLast((level) => decimal.compare(level.gain, gain) <= 0)?.stop ?? null
}

function zoneKeep(zones: TradingConfig['stopLoss']['zones']): (gain: Decimal) => Decimal {
  const parsed = zones.map(({ upToPercent, keepPercent }) => ({
    upTo: upToPercent === null ? null : decimal.parse(upToPercent),
    keep: decimal.parse(keepPercent),
  }))
  return (gain) =>
    parsed.find(({ upTo }) => upTo === null || decimal.compare(gain, upTo) <= 0)?.keep ?? decimal.ZERO
}

/** After so many halvings the rest is a millionth of what it was. */
const HALVINGS = 20
const KEEP_SCALE = 12

/**
 * `to − (to − from) / 2^(gain / halving)`, with straight lines between whole halvings: exact in decimals, and therefore
 * never falling, which a rounded exponential cannot promise.
 */
function exponentialKeep(curve: TradingConfig['stopLoss']['exponential']): (gain: Decimal) => Decimal {
  const to = decimal.parse(curve.keepToPercent)
  const spread = decimal.subtract(to, decimal.parse(curve.keepFromPercent))
  const halving = decimal.parse(curve.halvingPercent)
  const knots = Array.from({ length: HALVINGS + 1 }, (_, halvings) => {
    const rest = decimal.ratio([spread], [{ units: 2n ** BigInt(halvings), scale: 0 }], KEEP_SCALE, 'up')
    return decimal.subtract(to, rest)
  })
  return (gain) => {
    const halvings = decimal.ratio([gain], [halving], 0, 'down')
    const index = halvings.units < BigInt(HALVINGS) ? Number(halvings.units) : HALVINGS
    const [low, high] = [knots[index], knots[index + 1]]
    if (!low) return to
    if (!high) return low
    const into = decimal.subtract(gain, decimal.multiply(halvings, halving, halving.scale, 'down'))
    const rise = decimal.subtract(high, low)
    return decimal.add(low, decimal.ratio([rise, into], [halving], KEEP_SCALE, 'down'))
  }
}

/** Down: what is kept never rounds up to the gain itself. */
function kept(gain: Decimal, keepPercent: Decimal): Decimal {
  return shareOf(gain, keepPercent, gain.scale, 'down')
}
