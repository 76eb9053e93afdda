import { describe, expect, test } from 'vitest'

import { type LayoutName, LAYOUTS } from '../../../src/market/replay/layout.ts'
import { lineReader } from '../../../src/market/replay/line-reader.ts'

const AT_MS = 1_700_000_000_000
const readOne = (layout: LayoutName, line: string) => lineReader(LAYOUTS[layout]).read(line)

describe('aggTrades and trades', () => {
  test('a spot line has a column more than a futures line', () => {
    const expected = [{ price: '1.25', quantity: '10', time: AT_MS, id: '5' }]
    expect(readOne('aggTrades', `5,1.2500,10.00,1,2,${AT_MS},true,true`)).toEqual(expected)
    expect(readOne('aggTrades', `5,1.2500,10.00,1,2,${AT_MS},true`)).toEqual(expected)
    expect(readOne('trades', `5,1.2500,10.00,12.5,${AT_MS},true,true`)).toEqual(expected)
    expect(readOne('trades', `5,1.2500,10.00,12.5,${AT_MS},true`)).toEqual(expected)
  })

  test.each(['true', 'True', 'TRUE', 'false', 'False', 'FALSE'])('%s is a flag', (flag) => {
    expect(readOne('trades', `5,1,1,1,${AT_MS},${flag}`)).toHaveLength(1)
  })

  test('every digit of a price survives', () => {
    const [trade] = readOne('trades', `5,12345678901234567890.123456789012345678,1,1,${AT_MS},true`)
    expect(trade?.price).toBe('12345678901234567890.123456789012345678')
  })

  test.each([
    ['5,1,1,1', '4 columns where trades has 6 or 7'],
    [`5,1,1,1,${AT_MS},true,true,true`, '8 columns'],
    [`5,,1,1,${AT_MS},true`, 'price: "" is no decimal'],
    [`5,abc,1,1,${AT_MS},true`, 'price: "abc" is no decimal'],
    [`5,1e-5,1,1,${AT_MS},true`, 'price: "1e-5" is no decimal'],
    [`5,NaN,1,1,${AT_MS},true`, 'price: "NaN" is no decimal'],
    [`5,0.000,1,1,${AT_MS},true`, 'price: zero'],
    [`5,-1,1,1,${AT_MS},true`, 'price: -1 is below zero'],
    [`5,1,-1,1,${AT_MS},true`, 'quantity: -1 is below zero'],
    [`5,1,?,1,${AT_MS},true`, 'quantity: "?" is no decimal'],
    [`x,1,1,1,${AT_MS},true`, 'id: "x" is no whole number'],
    ['5,1,1,1,,true', 'time: "" is no whole number'],
    ['5,1,1,1,2023-11-14,true', 'time: "2023-11-14" is no whole number'],
    [`5,1,1,1,-${AT_MS},true`, 'is no whole number'],
    ['5,1,1,1,1700000000,true', 'time: 1700000000 is not in the years 2009 to 2099'],
    ['5,1,1,1,9007199254740991,true', 'is not in the years 2009 to 2099'],
    ['5,1,1,1,9999999999999999,true', 'is no whole number below 2^53'],
    [`5,1,1,1,${AT_MS},yes`, 'is_buyer_maker: "yes" is neither true nor false'],
    [`5;1;1;1;${AT_MS};true`, '1 columns'],
  ])('%s: %s', (line, reason) => {
    expect(() => readOne('trades', line)).toThrow(
      expect.objectContaining({ name: 'MalformedLineError', message: expect.stringContaining(reason) }),
    )
  })
})

describe('times', () => {
  const trade = (time: number): string => `5,1,1,1,${time},true`

  test('a file in microseconds is told by its first line, and rounded down to ms', () => {
    const reader = lineReader(LAYOUTS.trades)
    expect(reader.read(trade(1_735_689_600_000_999))[0]?.time).toBe(1_735_689_600_000)
    expect(reader.read(trade(1_735_689_600_001_000))[0]?.time).toBe(1_735_689_600_001)
  })

  test('a line in another unit than its file is malformed, in both directions', () => {
    const inMs = lineReader(LAYOUTS.trades)
    inMs.read(trade(AT_MS))
    expect(() => inMs.read(trade(AT_MS * 1_000))).toThrow('counted in ms like this file')
    const inMicroseconds = lineReader(LAYOUTS.trades)
    inMicroseconds.read(trade(AT_MS * 1_000))
    expect(() => inMicroseconds.read(trade(AT_MS))).toThrow('counted in µs like this file')
  })

  test('an equal time is fine, an earlier one is malformed, also by a microsecond', () => {
    const reader = lineReader(LAYOUTS.trades)
    reader.read(trade(AT_MS * 1_000 + 5))
    expect(reader.read(trade(AT_MS * 1_000 + 5))).toHaveLength(1)
    expect(() => reader.read(trade(AT_MS * 1_000 + 4))).toThrow('is earlier than')
  })

  test('a malformed line does not count: not for the unit, not for the order', () => {
    const reader = lineReader(LAYOUTS.trades)
    expect(() => reader.read(`5,x,1,1,${AT_MS * 1_000},true`)).toThrow('price')
    reader.read(trade(AT_MS))
    expect(() => reader.read(`5,0,1,1,${AT_MS + 60_000},true`)).toThrow('zero')
    expect(reader.read(trade(AT_MS + 1))).toHaveLength(1)
  })
})

describe('klines', () => {
  const bar = (open: string, high: string, low: string, close: string, volume = '7.50'): string =>
    `${AT_MS},${open},${high},${low},${close},${volume},${AT_MS + 59_999},1,1,1,1,0`

  test('a bar that rose goes by its low, one that fell by its high; the volume is on the close', () => {
    const prices = (line: string) => readOne('klines', line).map(({ price }) => price)
    expect(prices(bar('10', '12', '9', '11'))).toEqual(['10', '9', '12', '11'])
    expect(prices(bar('11', '12', '9', '10'))).toEqual(['11', '12', '9', '10'])
    expect(readOne('klines', bar('10', '12', '9', '11')).map(({ quantity }) => quantity)).toEqual([
      null,
      null,
      null,
      '7.5',
    ])
  })

  test('its four ticks lie at its open, after a third, after two thirds and at its close', () => {
    expect(readOne('klines', bar('10', '12', '9', '11')).map(({ time }) => time - AT_MS)).toEqual([
      0, 19_999, 39_999, 59_999,
    ])
  })

  test('a bar without volume is no trade', () => {
    expect(readOne('klines', bar('10', '10', '10', '10', '0.000'))).toEqual([])
  })

  test.each([
    [bar('10', '9.9', '9', '9.5'), 'do not lie between low and high'],
    [bar('10', '12', '10.5', '11'), 'do not lie between low and high'],
    [bar('10', '12', '9', '12.01'), 'do not lie between low and high'],
    [bar('10', '12', '0', '11'), 'low: zero'],
    [`${AT_MS},1,1,1,1,1,${AT_MS - 1},1,1,1,1,0`, 'close_time is before open_time'],
    [`${AT_MS},1,1,1,1,1`, '6 columns where klines has 12'],
  ])('%s: %s', (line, reason) => {
    expect(() => readOne('klines', line)).toThrow(reason)
  })

  test('the same bar twice is malformed', () => {
    const reader = lineReader(LAYOUTS.klines)
    reader.read(bar('10', '12', '9', '11'))
    expect(() => reader.read(bar('10', '12', '9', '11'))).toThrow('is earlier than')
  })
})
