import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  changeDirection,
  changedFrom,
  compareDecimal,
  formatChange,
  formatDecimal,
  groupedIndex,
  roundDecimal,
  signOf,
} from '../../src/format/decimal.ts'

/** Decimals far beyond what a JavaScript number holds. */
const decimals = fc
  .tuple(fc.boolean(), fc.bigInt({ min: 0n, max: 10n ** 40n }), fc.integer({ min: 0, max: 20 }))
  .map(([negative, units, places]) => {
    const digits = units.toString().padStart(places + 1, '0')
    const point = digits.length - places
    return `${negative ? '-' : ''}${digits.slice(0, point)}${places ? `.${digits.slice(point)}` : ''}`
  })

describe('formatting a decimal', () => {
  test('keeps every digit of a number that JavaScript cannot hold', () => {
    expect(formatDecimal('12345678901234567890.000000012345678901')).toBe(
      '12,345,678,901,234,567,890.000000012345678901',
    )
  })

  test('loses nothing, whatever the decimal', () => {
    fc.assert(
      fc.property(decimals, (decimal) => {
        expect(formatDecimal(decimal).replaceAll(',', '').replace('−', '-')).toBe(decimal)
      }),
    )
  })

  test('adds zeros to reach the places, and never drops a digit', () => {
    expect(formatDecimal('1.5', 4)).toBe('1.5000')
    expect(formatDecimal('1.56789', 2)).toBe('1.56789')
    expect(formatDecimal('7', 2)).toBe('7.00')
  })

  test.each(['', 'NaN', 'Infinity', '1e9', '1.', '.5', 'undefined', '1,000'])(
    'shows a dash for %j, which is no decimal',
    (text) => {
      expect(formatDecimal(text)).toBe('–')
      expect(roundDecimal(text, 2)).toBe('–')
    },
  )
})

describe('rounding a decimal', () => {
  test.each([
    ['2.345', 2, '2.35'],
    ['2.344999999999999999999', 2, '2.34'],
    ['-2.345', 2, '−2.35'],
    ['-0.001', 2, '0.00'],
    ['999.999', 2, '1,000.00'],
    ['0.5', 0, '1'],
    ['12', 2, '12.00'],
  ])('%s to %i places is %s', (text, places, rounded) => {
    expect(roundDecimal(text, places)).toBe(rounded)
  })
})

describe('comparing decimals', () => {
  test('is exact where numbers are not', () => {
    expect(compareDecimal('0.1000000000000000000001', '0.1')).toBe(1)
    expect(compareDecimal('9007199254740993', '9007199254740992')).toBe(1)
    expect(compareDecimal('1.50', '1.5')).toBe(0)
    expect(compareDecimal('-2', '1')).toBe(-1)
    expect(compareDecimal('+2', '2')).toBe(0)
  })

  test('is a total order', () => {
    fc.assert(
      fc.property(decimals, decimals, (left, right) => {
        expect(compareDecimal(left, right) + compareDecimal(right, left)).toBe(0)
        expect(compareDecimal(left, left)).toBe(0)
      }),
    )
  })

  test('knows the sign of a decimal', () => {
    expect([signOf('0.00'), signOf('-0'), signOf('-0.01'), signOf('3')]).toEqual([0, 0, -1, 1])
  })
})

describe('a 24 h change', () => {
  test('carries its sign as a character', () => {
    expect(formatChange('2.3456')).toBe('+2.35 %')
    expect(formatChange('+2.3456')).toBe('+2.35 %')
    expect(formatChange('-0.4')).toBe('−0.40 %')
    expect(formatChange(null)).toBe('–')
  })

  test('that rounds to zero has no direction', () => {
    expect(formatChange('-0.0001')).toBe('0.00 %')
    expect(changeDirection('-0.0001')).toBe(0)
    expect(changeDirection('-1234.5')).toBe(-1)
    expect(changeDirection(null)).toBe(0)
  })
})

describe('the digits that a move changed', () => {
  test('start at the first difference', () => {
    expect(changedFrom('184.23', '184.31')).toBe(4)
    expect(changedFrom('184.23', '184.23')).toBe(6)
  })

  test('are all of them when the integer part grew', () => {
    expect(changedFrom('99.9', '100.1')).toBe(0)
  })

  test('are few when only a trailing zero came or went', () => {
    expect(changedFrom('1.49', '1.4912')).toBe(4)
    expect(changedFrom('1.4912', '1.49')).toBe(4)
    expect(changedFrom('2', '2.5')).toBe(1)
  })

  test('are found again after grouping', () => {
    expect('63,250.12'.slice(groupedIndex('63,250.12', 4))).toBe('0.12')
    expect('63,250.12'.slice(groupedIndex('63,250.12', 8))).toBe('')
  })
})
