import { DeclarationError } from 'holdfast'
import { expect, test } from 'vitest'
import { parseDuration } from '../../src/core/duration.ts'

test.each([
  ['250ms', 250],
  ['1.5s', 1_500],
  ['5m', 300_000],
  ['24h', 86_400_000],
  ['7d', 604_800_000],
])('%s is %d ms', (text, ms) => {
  expect(parseDuration(text, 'ttl')).toBe(ms)
})

test.each(['', '5', 's', '-5s', '5 s', '5sec', '1e3s', 'Infinitys', '0s', '0.1ms', '367d'])(
  "'%s' is refused, naming the field",
  (text) => {
    expect(() => parseDuration(text, 'price.ttl')).toThrow(DeclarationError)
    expect(() => parseDuration(text, 'price.ttl')).toThrow(/^price\.ttl: /)
  },
)
