import { describe, expect, test } from 'vitest'
import { add, multiply, percentOf, shareOf, subtract } from '../../src/money/arithmetic.ts'

describe('sums and differences', () => {
  test('are exact where numbers are not', () => {
    expect(add('0.1', '0.2')).toBe('0.3')
    expect(add('9007199254740993', '0.000000000000000001')).toBe('9007199254740993.000000000000000001')
    expect(subtract('0.3', '0.1')).toBe('0.2')
  })

  test('are written in one way', () => {
    expect(add('1.50', '-1.5')).toBe('0')
    expect(subtract('1', '2.50')).toBe('-1.5')
    expect(subtract('1', '-2')).toBe('3')
    expect(add()).toBe('0')
  })

  test('of something that is not known are not known', () => {
    expect(add('1', null)).toBeNull()
    expect(subtract(null, '1')).toBeNull()
    expect(add('1', 'NaN')).toBeNull()
  })
})

describe('a product', () => {
  test('is exact without places, and cut with them', () => {
    expect(multiply('0.000000001', '123456789.123456789')).toBe('0.123456789123456789')
    expect(multiply('1.999', '1.999', 2)).toBe('3.99')
    expect(multiply('2', '3', 6)).toBe('6')
    expect(multiply('-1.005', '1', 2)).toBe('-1')
  })
})

describe('percent', () => {
  test('are rounded down, losses too', () => {
    expect(percentOf('20', '300', 2)).toBe('6.66')
    expect(percentOf('-20', '300', 2)).toBe('-6.67')
    expect(percentOf('-15', '300', 2)).toBe('-5')
  })

  test('of nothing are not known', () => {
    expect(percentOf('1', '0', 2)).toBeNull()
    expect(percentOf(null, '1', 2)).toBeNull()
  })
})

describe('a share', () => {
  test('never exceeds what there is', () => {
    expect(shareOf('100', 25n, 2)).toBe('25')
    expect(shareOf('0.999', 50n, 2)).toBe('0.49')
    expect(shareOf('8.13061031', 100n, 9)).toBe('8.13061031')
    expect(shareOf('', 50n, 2)).toBeNull()
  })
})
