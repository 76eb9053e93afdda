import { describe, expect, test } from 'vitest'
import { nextPeaks, startPeaks, worthStoring } from '../../../src/trading/rules/peaks.ts'

describe('peaks', () => {
  test('start with the price of a purchase and follow prices both ways', () => {
    const start = startPeaks('1.50')
    expect(start).toEqual({ peakPrice: '1.5', lowPrice: '1.5' })
    expect(nextPeaks(start, '1.7')).toEqual({ peakPrice: '1.7', lowPrice: '1.5' })
    expect(nextPeaks(start, '1.20')).toEqual({ peakPrice: '1.5', lowPrice: '1.2' })
    expect(nextPeaks(start, '1.500')).toBe(start)
  })

  test('of a price that is none stay', () => {
    const start = startPeaks('1.5')
    expect(nextPeaks(start, '0')).toBe(start)
    expect(nextPeaks(start, '-3')).toBe(start)
  })

  test.each([
    ['100', '100.1', true],
    ['100', '100.09999999', false],
    ['0.00000001234', '0.00000001236', true],
    ['0.000000000000001', '0.0000000000000010009', false],
    ['0.000000000000001', '0.000000000000001001', true],
  ])('from %s to %s, worth storing: %s, however small the price is', (stored, peakPrice, worth) => {
    const before = { peakPrice: stored, lowPrice: stored }
    expect(worthStoring(before, { ...before, peakPrice })).toBe(worth)
  })

  test('a low is worth storing as a high is', () => {
    const before = { peakPrice: '1', lowPrice: '1' }
    expect(worthStoring(before, { ...before, lowPrice: '0.9991' })).toBe(false)
    expect(worthStoring(before, { ...before, lowPrice: '0.999' })).toBe(true)
  })
})
