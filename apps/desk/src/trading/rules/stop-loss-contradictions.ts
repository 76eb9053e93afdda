import * as decimal from '../../domain/decimal.ts'
import type { TradingConfig } from './config.ts'
import { above, atMost, type Contradiction, reporter } from './contradiction.ts'

type StopLoss = TradingConfig['stopLoss']

/**
 * What a stop loss cannot mean. Together these rules make the stop a function of the peak that never falls and always
 * stays below the peak: a stop never loosens, and a new peak never sells by itself.
 */
export function stopLossContradictions(stopLoss: StopLoss): Contradiction[] {
  const { found, unless } = reporter('stopLoss')
  const { initialPercent, trailFromPercent, fixed } = stopLoss
  unless(
    above('0', initialPercent) && above(initialPercent, '-100'),
    'initialPercent',
    'must be above -100 and below 0',
  )
  unless(above(trailFromPercent, '0'), 'trailFromPercent', 'must be above 0')
  unless(above(fixed.distancePercent, '0'), 'fixed.distancePercent', 'must be above 0')
  unless(
    atMost(initialPercent, difference(trailFromPercent, fixed.distancePercent)),
    'fixed.distancePercent',
    'is so large that the stop would start to trail below initialPercent',
  )
  return [...found, ...inExponential(stopLoss), ...inZones(stopLoss), ...inCustom(stopLoss)]
}

function inExponential({ exponential }: StopLoss): Contradiction[] {
  const { found, unless } = reporter('stopLoss.exponential')
  const { keepFromPercent, keepToPercent, halvingPercent } = exponential
  unless(isKeep(keepFromPercent), 'keepFromPercent', KEEP)
  unless(isKeep(keepToPercent), 'keepToPercent', KEEP)
  unless(atMost(keepFromPercent, keepToPercent), 'keepFromPercent', 'must not be above keepToPercent')
  unless(above(halvingPercent, '0'), 'halvingPercent', 'must be above 0')
  return found
}

function inZones({ zones }: StopLoss): Contradiction[] {
  const { found, unless } = reporter('stopLoss')
  for (const [index, { upToPercent, keepPercent }] of zones.entries()) {
    const before = zones[index - 1]
    const field = `zones[${index}]`
    const last = index === zones.length - 1
    unless(
      last === (upToPercent === null),
      `${field}.upToPercent`,
      last ? 'must be null in the last zone, which has no end' : 'must be a gain in every zone but the last',
    )
    unless(
      upToPercent === null || above(upToPercent, before?.upToPercent ?? '0'),
      `${field}.upToPercent`,
      before === undefined ? 'must be above 0' : 'must be above the zone before',
    )
    unless(isKeep(keepPercent), `${field}.keepPercent`, KEEP)
    unless(
      before === undefined || atMost(before.keepPercent, keepPercent),
      `${field}.keepPercent`,
      'must not be below the zone before: the stop would loosen as the price rises',
    )
  }
  return found
}

function inCustom({ mode, custom, initialPercent }: StopLoss): Contradiction[] {
  const { found, unless } = reporter('stopLoss')
  unless(mode !== 'custom' || custom.length > 0, 'custom', "must hold a level for mode 'custom'")
  for (const [index, { gainPercent, stopPercent }] of custom.entries()) {
    const before = custom[index - 1]
    const field = `custom[${index}]`
    unless(
      above(gainPercent, before?.gainPercent ?? '0'),
      `${field}.gainPercent`,
      before === undefined ? 'must be above 0' : 'must be above the level before',
    )
    unless(
      atMost(before?.stopPercent ?? initialPercent, stopPercent),
      `${field}.stopPercent`,
      `must not be below ${before === undefined ? 'initialPercent' : 'the level before'}: the stop would loosen`,
    )
    unless(
      above(gainPercent, stopPercent),
      `${field}.stopPercent`,
      'must be below its gainPercent: it would sell at once',
    )
  }
  return found
}

const KEEP = 'must be from 0 to below 100: a stop that keeps all of a gain sells at every new peak'

function isKeep(percent: string): boolean {
  return atMost('0', percent) && above('100', percent)
}

function difference(a: string, b: string): string {
  return decimal.format(decimal.subtract(decimal.parse(a), decimal.parse(b)))
}
