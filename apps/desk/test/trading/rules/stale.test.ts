import { describe, expect, test } from 'vitest'
import { evaluate } from '../../../src/trading/rules/evaluate.ts'
import { aPosition, onlyRules, OPENED_AT_MS } from './fixture.ts'

const config = onlyRules({ stale: { enabled: true } })
const HOUR_MS = 3_600_000
const at = (price: string, ageMs: number) => evaluate(aPosition(), price, OPENED_AT_MS + ageMs, config)

describe('a position that goes nowhere', () => {
  test('is closed after an hour, and not a millisecond earlier', () => {
    expect(at('1.05', HOUR_MS - 1)).toEqual([])
    expect(at('1.05', HOUR_MS)).toEqual([
      {
        kind: 'stale',
        side: 'sell',
        amount: '100',
        why: 'held for long and no further than 5 % from the entry 1',
      },
    ])
  })

  test.each([
    ['1.009999', 0],
    ['1.01', 1],
    ['1.1', 1],
    ['1.100001', 0],
    ['0.95', 0],
  ])('is closed within its window only: at %s, %i times', (price, times) => {
    expect(at(price, 2 * HOUR_MS)).toHaveLength(times)
  })

  test('a window below the entry closes small losses', () => {
    const losing = onlyRules({ stale: { enabled: true, minGainPercent: '-5', maxGainPercent: '-1' } })
    const later = OPENED_AT_MS + HOUR_MS
    expect(evaluate(aPosition(), '0.97', later, losing)).toHaveLength(1)
    expect(evaluate(aPosition(), '1.05', later, losing)).toEqual([])
  })
})
