import { describe, expect, test } from 'vitest'
import * as decimal from '../../../src/domain/decimal.ts'
import { createWatchlist } from '../../../src/trading/exits/watchlist.ts'
import { TradingConfig } from '../../../src/trading/rules/config.ts'
import { prepareRules } from '../../../src/trading/rules/watched.ts'
import { positionOf } from './positions.ts'

const rules = prepareRules(TradingConfig.parse({}))
const at = decimal.parse

describe('peaks', () => {
  test('are exact in memory, and stored when they moved by a thousandth of themselves', () => {
    const watchlist = createWatchlist()
    const position = positionOf()
    for (const price of ['100.01', '99.95', '100.099']) watchlist.see(position, rules, at(price))
    expect(watchlist.moved('far')).toEqual([])
    expect(watchlist.moved('all')).toEqual([
      { positionId: position.id, version: 1, peakPrice: '100.099', lowPrice: '99.95' },
    ])
    watchlist.see(position, rules, at('100.1'))
    const moved = watchlist.moved('far')
    expect(moved).toMatchObject([{ peakPrice: '100.1' }])
    watchlist.stored(moved)
    expect(watchlist.moved('all')).toEqual([])
  })

  test('of a price with ten zeros move like any other (an absolute threshold would never be reached)', () => {
    const watchlist = createWatchlist()
    const position = positionOf({
      entryPrice: '0.00000000012',
      peakPrice: '0.00000000012',
      lowPrice: '0.00000000012',
    })
    const watched = watchlist.see(position, rules, at('0.00000000024'))
    expect(watchlist.moved('far')).toMatchObject([{ peakPrice: '0.00000000024' }])
    // Twice the entry: the stop of the default config stands ten points below, at 90 % gain.
    expect(watched.stop && decimal.format(watched.stop)).toBe('0.000000000228')
  })

  test('that only memory knows survive a fresh read of the row', () => {
    const watchlist = createWatchlist()
    watchlist.see(positionOf(), rules, at('150'))
    const watched = watchlist.see(positionOf(), rules, at('149'))
    expect(decimal.format(watched.peak)).toBe('150')
  })

  test('that another process has seen count here, too', () => {
    const watchlist = createWatchlist()
    watchlist.see(positionOf(), rules, at('110'))
    const watched = watchlist.see(positionOf({ peakPrice: '160', lowPrice: '90' }), rules, at('109'))
    expect([decimal.format(watched.peak), decimal.format(watched.low)]).toEqual(['160', '90'])
    expect(watchlist.moved('all')).toEqual([])
  })

  test('of a row that is read again are prepared no second time, unless its version or the rules are others', () => {
    const watchlist = createWatchlist()
    const first = watchlist.see(positionOf(), rules, at('100'))
    expect(watchlist.see(positionOf(), rules, at('100'))).toBe(first)
    const sold = watchlist.see(positionOf({ version: 2, amount: '4' }), rules, at('100'))
    expect(decimal.format(sold.amount)).toBe('4')
    const loose = prepareRules(TradingConfig.parse({ stopLoss: { initialPercent: '-50' } }))
    const loosened = watchlist.see(positionOf({ version: 2, amount: '4' }), loose, at('100'))
    expect(loosened.stop && decimal.format(loosened.stop)).toBe('50')
  })

  test('go on through a part sale, and begin anew with a purchase', () => {
    const watchlist = createWatchlist()
    watchlist.see(positionOf(), rules, at('150'))
    const partSold = positionOf({ version: 2, amount: '7.5', cost: '750.75' })
    expect(decimal.format(watchlist.see(partSold, rules, at('149')).peak)).toBe('150')
    const bought = positionOf({
      version: 3,
      bought: '15',
      amount: '12.5',
      entryPrice: '130',
      peakPrice: '140',
      lowPrice: '140',
    })
    expect(decimal.format(watchlist.see(bought, rules, at('139.95')).peak)).toBe('140')
    // Peaks are stored under the version that they are of.
    expect(watchlist.moved('far')).toEqual([])
    watchlist.see(bought, rules, at('145'))
    expect(watchlist.moved('far')).toMatchObject([{ version: 3, peakPrice: '145' }])
  })

  test('are seen while the agent is paused, though nothing is decided', () => {
    const watchlist = createWatchlist()
    const position = positionOf()
    expect(watchlist.see(position, undefined, at('200'))).toMatchObject({ stop: null, profitFrom: null })
    const watched = watchlist.see(position, rules, at('199'))
    expect(watched.stop && decimal.format(watched.stop)).toBe('190')
  })

  test('of a position that is forgotten are gone', () => {
    const watchlist = createWatchlist()
    watchlist.see(positionOf(), rules, at('200'))
    watchlist.forget(positionOf().id)
    expect(watchlist.moved('all')).toEqual([])
  })
})
