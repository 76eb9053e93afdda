import { expect, test } from 'vitest'

import { fromState, seededRandom } from '../../../src/market/simulator/seeded-random.ts'

test('gives the known first words of xoshiro128** for the state 1, 2, 3, 4', () => {
  const random = fromState([1, 2, 3, 4])
  expect(Array.from({ length: 6 }, () => random.word())).toEqual([
    11520, 0, 5927040, 70819200, 2031721883, 1637235492,
  ])
})

test('the same seed repeats, another one differs from the first word on', () => {
  const words = (seed: string): number[] => {
    const random = seededRandom(seed)
    return Array.from({ length: 100 }, () => random.word())
  }
  expect(words('7')).toEqual(words('7'))
  expect(words('7')[0]).not.toBe(words('8')[0])
  expect(words('')).not.toEqual(words('7'))
})

test('floats fill [0, 1) evenly, normals have mean 0 and deviation 1', () => {
  const random = seededRandom('moments')
  const count = 100_000
  const floats = Array.from({ length: count }, () => random.float())
  const normals = Array.from({ length: count }, () => random.normal())
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / count
  expect(Math.min(...floats.slice(0, 10_000))).toBeGreaterThanOrEqual(0)
  expect(Math.max(...floats.slice(0, 10_000))).toBeLessThan(1)
  expect(mean(floats)).toBeCloseTo(0.5, 2)
  expect(mean(normals)).toBeCloseTo(0, 1)
  expect(mean(normals.map((value) => value ** 2))).toBeCloseTo(1, 1)
})
