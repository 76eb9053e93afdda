import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

import { systemClock } from 'holdfast'
import { virtualClock } from 'holdfast/testing'
import { describe, expect, test } from 'vitest'

import * as decimal from '../../../src/domain/decimal.ts'
import type { Tick } from '../../../src/market/price-source.ts'
import { parseReplayOptions } from '../../../src/market/replay/options.ts'
import { openReplay, replayDump } from '../../../src/market/replay/replay.ts'
import { memoryDump } from './memory-dump.ts'

const fixture = (name: string): string => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url))
const never = new AbortController().signal

async function replayAll(file: string, symbol: string): Promise<Tick[]> {
  const ticks: Tick[] = []
  const replay = await openReplay(parseReplayOptions({ file, symbol, speed: 'max', maxMalformed: '0' }), {
    clock: systemClock,
  })
  await replay.run((tick) => void ticks.push(tick), never)
  expect(replay.progress()).toMatchObject({ share: 1, done: true, ticks: ticks.length })
  return ticks
}

const rows = (ticks: readonly Tick[]) =>
  ticks.map(({ price, quantity, eventTimeMs, tradeId }) => [price, quantity, eventTimeMs, tradeId])

describe('the layouts of the exchange', () => {
  test('futures aggTrades with a header', async () => {
    expect(rows(await replayAll(fixture('futures-aggTrades.csv'), 'XRPUSDT'))).toEqual([
      ['1.25', '10', 1_700_000_000_000, '5001'],
      ['1.26', '0.5', 1_700_000_000_000, '5002'],
      ['1.24', '2.25', 1_700_000_001_500, '5003'],
    ])
  })

  test('spot trades in microseconds, with CRLF, a byte order mark and a blank last line', async () => {
    expect(rows(await replayAll(fixture('spot-trades-us.csv'), 'XRPBTC'))).toEqual([
      ['0.0001', '5', 1_735_689_600_000, '7001'],
      ['0.000101', '6', 1_735_689_600_250, '7002'],
      ['0.000102', '7.5', 1_735_689_601_000, '7003'],
    ])
  })

  test('spot klines, of which one saw no trade', async () => {
    expect(rows(await replayAll(fixture('spot-klines.csv'), 'XRPUSDT'))).toEqual([
      ['10', null, 1_700_000_040_000, undefined],
      ['9', null, 1_700_000_059_999, undefined],
      ['12', null, 1_700_000_079_999, undefined],
      ['11', '100.5', 1_700_000_099_999, undefined],
      ['11', null, 1_700_000_160_000, undefined],
      ['11.5', null, 1_700_000_179_999, undefined],
      ['8', null, 1_700_000_199_999, undefined],
      ['8.5', '40', 1_700_000_219_999, undefined],
    ])
  })
})

// A dump of real trades, used where one lies beside the repository.
const REAL = fileURLToPath(
  new URL('../../../../../../shared/data/XRPETH-aggTrades-2019-10-11.csv', import.meta.url),
)

describe.skipIf(!existsSync(REAL))('12,477 real trades of XRP in ETH', () => {
  const lines = (): string[] => readFileSync(REAL, 'utf8').trimEnd().split('\n')
  const expected = () =>
    lines()
      .slice(1)
      .map((line) => line.split(','))

  test('every trade comes once, in order, with all its digits', async () => {
    const ticks = await replayAll(REAL, 'XRPETH')
    expect(ticks).toHaveLength(12_477)
    expect(ticks.map(({ tradeId, eventTimeMs }) => [tradeId, String(eventTimeMs)])).toEqual(
      expected().map(([id, , , , , time]) => [id, time]),
    )
    const different = expected().filter(
      ([, price = '', quantity = ''], index) =>
        decimal.compare(decimal.parse(price), decimal.parse(ticks[index]?.price ?? '0')) !== 0 ||
        decimal.compare(decimal.parse(quantity), decimal.parse(ticks[index]?.quantity ?? '0')) !== 0,
    )
    expect(different).toEqual([])
  })

  test('an hour a second: each tick within a millisecond of its moment, none early', async () => {
    const clock = virtualClock()
    const replay = await replayDump(
      memoryDump(lines(), 500),
      parseReplayOptions({ file: REAL, symbol: 'XRPETH', speed: '3600' }),
      { clock },
    )
    const offMs: number[] = []
    let first: number | undefined
    const running = replay.run(({ eventTimeMs }) => {
      first ??= eventTimeMs
      offMs.push(clock.now() - (eventTimeMs - first) / 3_600)
    }, never)
    await clock.advance(65_000)
    await running
    expect(offMs).toHaveLength(12_477)
    expect(Math.min(...offMs)).toBeGreaterThanOrEqual(0)
    expect(Math.max(...offMs)).toBeLessThan(1)
  })
})
