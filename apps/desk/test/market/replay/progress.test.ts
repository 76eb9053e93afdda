import { expect, test } from 'vitest'

import { progressLine, type ReplayProgress, skippedLine } from '../../../src/market/replay/progress.ts'

const progress: ReplayProgress = {
  file: 'dump.csv',
  symbol: 'XRPETH',
  layout: 'aggTrades',
  speed: 60,
  share: 0.4234,
  ticks: 5280,
  eventTimeMs: Date.UTC(2019, 9, 11, 0, 0, 11, 620),
  lagMs: 1.6,
  malformed: 3,
  loops: 0,
  done: false,
}

test('says where the replay is', () => {
  expect(progressLine(progress)).toBe(
    'XRPETH 2019-10-11 00:00:11Z  42.3 %  5280 ticks  3 malformed  lag 2 ms',
  )
})

test('says which loop it is in, and when it has not begun', () => {
  expect(progressLine({ ...progress, loops: 2, eventTimeMs: null })).toBe(
    'XRPETH not started  42.3 %  5280 ticks  3 malformed  lag 2 ms  loop 3',
  )
})

test('says when it is over, and no longer which loop would come next', () => {
  expect(progressLine({ ...progress, loops: 1, done: true })).toMatch(/lag 2 ms {2}done$/)
})

test('a skipped line is named so that an editor finds it', () => {
  expect(skippedLine({ file: 'dump.csv', line: 7, reason: 'price: zero' })).toBe('dump.csv:7: price: zero')
})
