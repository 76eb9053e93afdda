import { expect, test } from 'vitest'
import { quantile } from '../../bench/measure.ts'
import { type Comparison, judge } from '../../bench/row.ts'

const figure = { value: 90, unit: 'reads/s', against: 'a rival' } satisfies Comparison

test.each([
  { target: { atLeast: 0.9 }, againstValue: 100, pass: true },
  { target: { atLeast: 0.9 }, againstValue: 101, pass: false },
  { target: { atMost: 0.9 }, againstValue: 100, pass: true },
  { target: { atMost: 0.9 }, againstValue: 99, pass: false },
])('a ratio of 90 to $againstValue is held to $target', ({ target, againstValue, pass }) => {
  const line = judge('row', { ...figure, againstValue, target })
  expect(line).toMatchObject({ pass, ratio: 90 / againstValue })
})

test.each([
  { target: { atMost: 0 }, value: 0, pass: true },
  { target: { atMost: 0 }, value: 1, pass: false },
  { target: { atLeast: 0.9 }, value: Number.NaN, pass: false },
])('without another side the value $value itself is held to $target', ({ target, value, pass }) => {
  expect(judge('row', { ...figure, value, target })).toMatchObject({ pass, ratio: null })
})

test('what has no target, or was not run, is neither reached nor missed', () => {
  expect(judge('row', { ...figure, againstValue: 100 })).toMatchObject({ pass: null, ratio: 0.9 })
  expect(judge('row', { against: 'a rival', notRun: 'it needs Node 22' })).toMatchObject({
    pass: null,
    value: null,
    note: 'not run: it needs Node 22',
  })
})

test('a quantile is a figure that was measured', () => {
  const figures = Array.from({ length: 100 }, (_, index) => 100 - index)
  expect([quantile(figures, 0), quantile(figures, 0.5), quantile(figures, 0.99)]).toEqual([1, 51, 100])
  expect(quantile(figures, 1)).toBe(100)
})
