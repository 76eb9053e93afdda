import * as decimal from '../../domain/decimal.ts'
import { dcaLevels, type TradingConfig } from './config.ts'
import { stopLossContradictions } from './stop-loss-contradictions.ts'
import type { CurrencyLimits } from './purchase-limits.ts'
import { above, atMost, type Contradiction, reporter } from './contradiction.ts'

const ONE_HUNDRED = decimal.parse('100')

/**
 * Everything in a config that contradicts itself or can never mean anything, each by the path of its field. An
 * empty list is what every other function of the rules assumes.
 */
export function contradictions(config: TradingConfig): Contradiction[] {
  return [
    ...inPurchases(config.purchase),
    ...inSignals(config.signals),
    ...stopLossContradictions(config.stopLoss),
    ...inTakeProfit(config.takeProfit),
    ...inStale(config.stale),
    ...inDca(config),
  ]
}

function inPurchases({ maxPriceImpactPercent, limits }: TradingConfig['purchase']): Contradiction[] {
  const { found, unless } = reporter('purchase')
  unless(
    above(maxPriceImpactPercent, '0') && above('100', maxPriceImpactPercent),
    'maxPriceImpactPercent',
    'must be above 0 and below 100',
  )
  return [
    ...found,
    ...Object.entries(limits).flatMap(([currency, one]) => inLimits(`purchase.limits.${currency}`, one)),
  ]
}

function inLimits(path: string, { minPurchase, maxPurchase, sizes }: CurrencyLimits): Contradiction[] {
  const { found, unless } = reporter(path)
  unless(above(maxPurchase, '0'), 'maxPurchase', 'must be above 0')
  unless(atMost(minPurchase, maxPurchase), 'minPurchase', 'must not be above maxPurchase')
  for (const [index, { fromBalance, least, most }] of sizes.entries()) {
    const before = sizes[index - 1]
    const field = `sizes[${index}]`
    unless(
      before === undefined || above(fromBalance, before.fromBalance),
      `${field}.fromBalance`,
      'must be above the tier before',
    )
    unless(atMost(least, most), `${field}.least`, 'must not be above most')
    unless(atMost(minPurchase, least), `${field}.least`, 'must not be below minPurchase')
    unless(atMost(most, maxPurchase), `${field}.most`, 'must not be above maxPurchase')
  }
  return found
}

function inSignals(signals: TradingConfig['signals']): Contradiction[] {
  const { found, unless } = reporter('signals')
  unless(
    signals.whitelist.length === 0 || signals.blacklist.length === 0,
    'blacklist',
    'must be empty beside a whitelist: what is not on the whitelist is not bought anyway',
  )
  for (const figure of ['marketCapUsd', 'liquidityUsd', 'holders'] as const) {
    const { min, max } = signals[figure]
    unless(min === null || max === null || min <= max, `${figure}.min`, 'must not be above max')
  }
  return found
}

function inTakeProfit({ enabled, levels, moonbag }: TradingConfig['takeProfit']): Contradiction[] {
  const { found, unless } = reporter('takeProfit')
  unless(!enabled || levels.length > 0, 'levels', 'must hold a level when enabled')

  let shares = decimal.ZERO
  for (const [index, { gainPercent, sellPercent }] of levels.entries()) {
    const before = levels[index - 1]
    unless(
      above(gainPercent, before?.gainPercent ?? '0'),
      `levels[${index}].gainPercent`,
      before === undefined ? 'must be above 0' : 'must be above the level before',
    )
    unless(above(sellPercent, '0'), `levels[${index}].sellPercent`, 'must be above 0')
    shares = decimal.add(shares, decimal.parse(sellPercent))
  }

  const first = levels[0]
  if (moonbag.enabled) {
    unless(
      first === undefined || atMost(first.gainPercent, moonbag.triggerPercent),
      'moonbag.triggerPercent',
      'must not be below the first level',
    )
    unless(
      above(moonbag.retainPercent, '0') && above('100', moonbag.retainPercent),
      'moonbag.retainPercent',
      'must be above 0 and below 100',
    )
    shares = decimal.add(shares, decimal.parse(moonbag.retainPercent))
  }
  unless(
    decimal.compare(shares, ONE_HUNDRED) <= 0,
    'levels',
    `the shares add up to ${decimal.format(shares)} %${moonbag.enabled ? ', moonbag.retainPercent included' : ''}: 100 is all there is`,
  )
  return found
}

function inStale({ minGainPercent, maxGainPercent }: TradingConfig['stale']): Contradiction[] {
  const { found, unless } = reporter('stale')
  unless(above(minGainPercent, '-100'), 'minGainPercent', 'must be above -100')
  unless(atMost(minGainPercent, maxGainPercent), 'minGainPercent', 'must not be above maxGainPercent')
  return found
}

function inDca({ dca, stopLoss }: TradingConfig): Contradiction[] {
  const { found, unless } = reporter('dca')
  unless(dca.template !== 'custom' || dca.levels.length > 0, 'levels', "must hold a level for 'custom'")
  for (const [index, { dropPercent, buyPercent }] of dcaLevels(dca).entries()) {
    const field = (name: string): string =>
      dca.template === 'custom' ? `levels[${index}].${name}` : 'template'
    unless(
      above('0', dropPercent) && above(dropPercent, '-100'),
      field('dropPercent'),
      'must be above -100 and below 0',
    )
    unless(above(buyPercent, '0'), field('buyPercent'), 'must be above 0')
    unless(
      !stopLoss.enabled || above(dropPercent, stopLoss.initialPercent),
      field('dropPercent'),
      `buys at ${dropPercent} %, but stopLoss.initialPercent sells at ${stopLoss.initialPercent} % already: it would never buy`,
    )
  }
  return found
}
