import { describe, expect, test } from 'vitest'
import { formatBytes, formatCount, formatRate, formatShare } from '../../src/format/count.ts'
import { formatAge, formatLatency, formatTtl, formatUptime } from '../../src/format/duration.ts'
import { formatClock, formatDay, formatMoment } from '../../src/format/time.ts'

describe('durations', () => {
  test.each([
    [0, '<1 s'],
    [999, '<1 s'],
    [59_999, '59 s'],
    [60_000, '1 min'],
    [7_200_000, '2 h'],
    [5 * 86_400_000, '5 d'],
    [Number.NaN, '–'],
  ])('an age of %d ms is %s', (ageMs, text) => {
    expect(formatAge(ageMs)).toBe(text)
  })

  test.each([
    [0.0041, '4.1 µs'],
    [0.31, '310 µs'],
    [1.24, '1.2 ms'],
    [48.7, '49 ms'],
    [2100, '2.1 s'],
    [null, '–'],
    [undefined, '–'],
    [Number.NaN, '–'],
  ])('a latency of %s ms is %s', (latencyMs, text) => {
    expect(formatLatency(latencyMs)).toBe(text)
  })

  test('an uptime has two units', () => {
    expect(formatUptime(42_000)).toBe('42 s')
    expect(formatUptime(200_000)).toBe('3 min 20 s')
    expect(formatUptime(8_040_000)).toBe('2 h 14 min')
    expect(formatUptime(5 * 86_400_000 + 3 * 3_600_000)).toBe('5 d 3 h')
  })

  test('a TTL reads as it was declared', () => {
    expect([formatTtl(500), formatTtl(30_000), formatTtl(null)]).toEqual(['500 ms', '30 s', '–'])
  })
})

describe('counts, shares and rates', () => {
  test('a share says 100 % only when nothing is missing', () => {
    expect(formatShare(1)).toBe('100 %')
    expect(formatShare(0.99999)).toBe('99.9 %')
    expect(formatShare(0.00001)).toBe('0.1 %')
    expect(formatShare(0)).toBe('0 %')
    expect(formatShare(null)).toBe('–')
  })

  test('counts are grouped, and short from a million on', () => {
    expect([formatCount(12_345), formatCount(1_234_567), formatCount(Number.NaN)]).toEqual([
      '12,345',
      '1.23M',
      '–',
    ])
  })

  test('small rates keep a decimal', () => {
    expect([formatRate(0), formatRate(0.42), formatRate(1234.4), formatRate(null)]).toEqual([
      '0/s',
      '0.4/s',
      '1,234/s',
      '–',
    ])
  })
})

describe('times', () => {
  const moment = Date.UTC(2019, 9, 11, 0, 20, 11, 620)

  test('are UTC, whatever the time zone of the browser', () => {
    expect(formatClock(moment)).toBe('00:20:11')
    expect(formatDay(moment)).toBe('11 Oct')
    expect(formatMoment(moment)).toBe('11 Oct 2019, 00:20:11 UTC')
  })

  test('that are none are a dash', () => {
    expect([formatClock(Number.NaN), formatMoment(Number.NaN)]).toEqual(['–', '–'])
  })
})

test('bytes are shown in their largest unit', () => {
  expect([0, 812, 1_024, 67_174, 3 * 2 ** 20, 5 * 2 ** 40].map(formatBytes)).toEqual([
    '0 B',
    '812 B',
    '1.0 KiB',
    '65.6 KiB',
    '3.0 MiB',
    '5120.0 GiB',
  ])
  expect(formatBytes(null)).toBe('–')
})
