import { expect, test } from 'vitest'

import { parseReplayOptions, type ReplaySettings } from '../../../src/market/replay/options.ts'
import { replayedAsset } from '../../../src/market/replay/symbol.ts'

const parse = (settings: Partial<ReplaySettings>) =>
  parseReplayOptions({ file: 'dump.csv', symbol: 'XRPETH', ...settings })

test('the least that can be said', () => {
  expect(parse({})).toEqual({
    file: 'dump.csv',
    pair: { symbol: 'XRPETH', base: 'XRP', quote: 'ETH' },
    speed: 1,
    layout: null,
    loop: false,
    maxMalformed: 100,
  })
})

test.each([
  ['XRPETH', 'XRP', 'ETH'],
  ['btcusdt', 'BTC', 'USDT'],
  ['TUSDT', 'T', 'USDT'],
  ['BTCFDUSD', 'BTC', 'FDUSD'],
  ['ETHBTC', 'ETH', 'BTC'],
  ['BNBETH', 'BNB', 'ETH'],
  ['FDUSDTRY', 'FDUSD', 'TRY'],
  ['1000SHIBUSDC', '1000SHIB', 'USDC'],
  ['USDCUSDT', 'USDC', 'USDT'],
])('%s is %s priced in %s', (symbol, base, quote) => {
  expect(parse({ symbol }).pair).toEqual({ symbol: symbol.toUpperCase(), base, quote })
})

test('--quote cuts a symbol that the list does not know', () => {
  expect(parse({ symbol: 'ABCXYZ', quote: 'xyz' }).pair).toEqual({
    symbol: 'ABCXYZ',
    base: 'ABC',
    quote: 'XYZ',
  })
})

test('the replayed pair is an asset of the exchange', () => {
  expect(replayedAsset(parse({}).pair)).toMatchObject({
    chain: 'binance',
    asset: 'XRPETH',
    symbol: 'XRP',
    name: 'XRP/ETH',
    quote: 'ETH',
  })
})

test.each([
  ['60', 60],
  ['0.5', 0.5],
  ['0', 'max'],
  ['0.0', 'max'],
  ['max', 'max'],
  ['1000000', 1_000_000],
])('--speed %s', (speed, expected) => {
  expect(parse({ speed }).speed).toBe(expected)
})

test('--layout is known in any case', () => {
  expect(parse({ layout: 'aggtrades' }).layout).toBe('aggTrades')
})

test.each<[Partial<ReplaySettings>, string, string]>([
  [{ file: '' }, '--replay', 'name the file'],
  [{ symbol: undefined }, '--symbol', 'such as --symbol XRPETH'],
  [{ symbol: '' }, '--symbol', 'such as --symbol XRPETH'],
  [{ symbol: 'XRP/ETH' }, '--symbol', 'use letters and digits'],
  [{ symbol: 'ABCXYZ' }, '--symbol', 'add --quote'],
  [{ symbol: 'ETH' }, '--symbol', 'add --quote'],
  [{ symbol: 'ABCXYZ', quote: 'USDT' }, '--quote', 'ABCXYZ does not end with USDT'],
  [{ symbol: 'ABCXYZ', quote: 'ABCXYZ' }, '--quote', 'does not end with'],
  [{ quote: '' }, '--quote', 'use letters and digits'],
  [{ speed: 'fast' }, '--speed', 'such as 60, or max'],
  [{ speed: '-1' }, '--speed', 'such as 60, or max'],
  [{ speed: '1e9' }, '--speed', 'such as 60, or max'],
  [{ speed: '1000001' }, '--speed', 'up to 1000000'],
  [{ speed: '' }, '--speed', 'such as 60, or max'],
  [{ layout: 'candles' }, '--layout', 'aggTrades, trades, klines'],
  [{ maxMalformed: '-1' }, '--max-malformed', 'whole number from 0'],
  [{ maxMalformed: 'many' }, '--max-malformed', 'whole number from 0'],
])('%j is refused naming %s', (settings, setting, hint) => {
  expect(() => parse(settings)).toThrow(
    expect.objectContaining({
      code: 'REPLAY_SETTING_INVALID',
      setting,
      message: expect.stringMatching(new RegExp(`^${setting}: .*${hint}`)),
    }),
  )
})
