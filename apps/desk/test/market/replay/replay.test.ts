import { sleep } from 'holdfast'
import { virtualClock } from 'holdfast/testing'
import { describe, expect, test } from 'vitest'

import type { Emit, Tick } from '../../../src/market/price-source.ts'
import { parseReplayOptions, type ReplaySettings } from '../../../src/market/replay/options.ts'
import type { ReplayProgress, SkippedLine } from '../../../src/market/replay/progress.ts'
import { replayDump } from '../../../src/market/replay/replay.ts'
import { memoryDump } from './memory-dump.ts'

const AT = 1_700_000_000_000
const trade = (id: number, offsetMs: number, price = `1.${id}`): string =>
  `${id},${price},10,12.5,${AT + offsetMs},true`

async function start(
  lines: readonly string[],
  settings: Partial<ReplaySettings> = {},
  emit: Emit = () => {},
) {
  const clock = virtualClock()
  const abort = new AbortController()
  const seen: { tick: Tick; atMs: number }[] = []
  const skipped: SkippedLine[] = []
  const reports: ReplayProgress[] = []
  const replay = await replayDump(
    memoryDump(lines),
    parseReplayOptions({ file: 'memory.csv', symbol: 'XRPETH', ...settings }),
    {
      clock,
      onSkipped: (line) => void skipped.push(line),
      onProgress: (progress) => void reports.push(progress),
    },
  )
  const running = replay.run((tick) => {
    seen.push({ tick, atMs: clock.now() })
    return emit(tick)
  }, abort.signal)
  // A test that expects a failure awaits `running` itself.
  running.catch(() => {})
  return { clock, abort, seen, skipped, reports, replay, running }
}

describe('pace', () => {
  test('a tick comes when its event time says, divided by the speed: never early', async () => {
    const offsets = [0, 0, 1, 1_000, 1_000, 61_000, 3_601_000]
    const { clock, seen, running } = await start(
      offsets.map((offset, index) => trade(index + 1, offset)),
      { speed: '60' },
    )
    await clock.advance(3_601_000 / 60 - 1)
    expect(seen).toHaveLength(6)
    await clock.advance(2)
    await running
    expect(seen.map(({ tick }) => tick.eventTimeMs - AT)).toEqual(offsets)
    for (const [index, { atMs }] of seen.entries()) {
      const dueMs = (offsets[index] ?? 0) / 60
      expect(atMs).toBeGreaterThanOrEqual(dueMs)
      expect(atMs).toBeLessThan(dueMs + 1)
    }
  })

  test('at full speed no time passes', async () => {
    const { clock, seen, running } = await start([trade(1, 0), trade(2, 86_400_000)], { speed: 'max' })
    await running
    expect(seen).toHaveLength(2)
    expect(clock.now()).toBe(0)
  })

  test('a slow consumer loses and reorders nothing, and the schedule is met again', async () => {
    let busy = false
    const offsets = Array.from({ length: 40 }, (_, index) => index * 100)
    const { clock, seen, replay, running } = await start(
      offsets.map((offset, index) => trade(index, offset, `1.${index + 1}`)),
      {},
      async ({ tradeId }) => {
        expect(busy).toBe(false)
        busy = true
        if (Number(tradeId) === 5) {
          await sleep(runningClock(), 1_000)
        }
        busy = false
      },
    )
    const runningClock = () => clock
    await clock.advance(1_400)
    expect(replay.progress().lagMs).toBeLessThanOrEqual(1_000)
    await clock.advance(10_000)
    await running
    expect(seen.map(({ tick }) => Number(tick.tradeId))).toEqual(offsets.map((_, index) => index))
    expect(seen.map(({ atMs }) => atMs)).toEqual(
      offsets.map((offset, index) => (index > 5 ? Math.max(offset, 1_500) : offset)),
    )
    expect(replay.progress()).toMatchObject({ ticks: 40, lagMs: 0 })
  })

  test('a stop ends the run in the middle of a wait, as no failure', async () => {
    const { clock, abort, seen, reports, running } = await start([
      trade(1, 0),
      trade(2, 60_000),
      trade(3, 120_000),
    ])
    await clock.advance(1_000)
    abort.abort()
    await running
    expect(seen).toHaveLength(1)
    expect(clock.pending).toBe(0)
    expect(reports.at(-1)).toMatchObject({ done: true, loops: 0, ticks: 1 })
  })

  test('a stop during an emit lets that emit end, and nothing comes after it', async () => {
    const { clock, abort, seen, running } = await start([trade(1, 0), trade(2, 0)], {}, () =>
      sleep(clock, 100),
    )
    await clock.advance(10)
    abort.abort()
    await clock.advance(200)
    await running
    expect(seen).toHaveLength(1)
  })

  test('a consumer that fails ends the run with its own error', async () => {
    const { running } = await start([trade(1, 0)], {}, () => {
      throw new Error('no room')
    })
    await expect(running).rejects.toThrow('no room')
  })
})

describe('ticks', () => {
  test('carry the pair, canonical decimals, the time of the venue and its id', async () => {
    const { seen, running } = await start([`77,0.00141300,23.00000000,0.03,${AT},true`])
    await running
    expect(seen.map(({ tick }) => tick)).toEqual([
      {
        chain: 'binance',
        asset: 'XRPETH',
        price: '0.001413',
        quantity: '23',
        eventTimeMs: AT,
        tradeId: '77',
      },
    ])
  })

  test('a loop goes on 1 ms after the last tick, at the same pace, with ids of its own', async () => {
    const { clock, abort, seen, replay, running } = await start([trade(1, 0), trade(2, 999)], { loop: true })
    await clock.advance(2_999)
    abort.abort()
    await running
    expect(seen.map(({ tick }) => tick.eventTimeMs - AT)).toEqual([0, 999, 1_000, 1_999, 2_000, 2_999])
    expect(seen.map(({ atMs }) => atMs)).toEqual([0, 999, 1_000, 1_999, 2_000, 2_999])
    expect(seen.map(({ tick }) => tick.tradeId)).toEqual(['1', '2', '1#2', '2#2', '1#3', '2#3'])
    expect(replay.progress().ticks).toBe(6)
  })

  test('a second run begins at the first line again', async () => {
    const { seen, replay, running } = await start([trade(1, 0), trade(2, 5)], { speed: 'max' })
    await running
    const again: Tick[] = []
    await replay.run((tick) => void again.push(tick), new AbortController().signal)
    expect(again).toEqual(seen.map(({ tick }) => tick))
    expect(replay.progress().ticks).toBe(2)
  })
})

describe('malformed lines', () => {
  test('are reported with their number and skipped, the others come', async () => {
    const { seen, skipped, replay, running } = await start(
      [
        'id,price,qty,quote_qty,time,is_buyer_maker',
        trade(1, 0),
        '',
        'rubbish',
        trade(2, -1),
        trade(3, 0, '0'),
        trade(4, 5),
      ],
      { speed: 'max' },
    )
    await running
    expect(seen.map(({ tick }) => tick.tradeId)).toEqual(['1', '4'])
    expect(skipped).toEqual([
      { file: 'memory.csv', line: 4, reason: '1 columns where trades has 6 or 7' },
      { file: 'memory.csv', line: 5, reason: expect.stringContaining('is earlier than') },
      { file: 'memory.csv', line: 6, reason: 'price: zero' },
    ])
    expect(replay.progress()).toMatchObject({ ticks: 2, malformed: 3 })
  })

  test('the last one above the limit is an error with its place and the setting', async () => {
    const lines = [trade(1, 0), 'rubbish 1', trade(2, 1), 'rubbish 2', 'rubbish 3', trade(3, 2)]
    const { seen, skipped, reports, running } = await start(lines, { speed: 'max', maxMalformed: '2' })
    await expect(running).rejects.toThrow(
      expect.objectContaining({
        code: 'REPLAY_TOO_MANY_MALFORMED',
        setting: '--max-malformed',
        file: 'memory.csv',
        line: 5,
        message: expect.stringMatching(/^--max-malformed: memory\.csv:5: 1 columns .* More than 2 lines/),
      }),
    )
    expect(seen).toHaveLength(2)
    expect(skipped).toHaveLength(2)
    expect(reports.at(-1)).toMatchObject({ done: true, malformed: 3 })
  })

  test('a hundred are skipped unless told otherwise', async () => {
    const lines = [trade(1, 0), ...Array.from({ length: 100 }, () => '?'), trade(2, 1)]
    const within = await start(lines, { speed: 'max' })
    await within.running
    expect(within.seen).toHaveLength(2)
    const above = await start([...lines, '?'], { speed: 'max' })
    await expect(above.running).rejects.toThrow('More than 100 lines')
  })

  test('each loop has the whole limit, and what was reported is not reported again', async () => {
    const { clock, abort, seen, skipped, running } = await start([trade(1, 0), '?', trade(2, 9)], {
      loop: true,
      maxMalformed: '1',
    })
    await clock.advance(29)
    abort.abort()
    await running
    expect(seen).toHaveLength(6)
    expect(skipped).toHaveLength(1)
  })

  test('a file that has no trade at all is an error, also in a loop', async () => {
    const silent = `${AT},10,10,10,10,0,${AT + 59_999},0,0,0,0,0`
    const { running } = await start([silent, silent], { loop: true })
    await expect(running).rejects.toThrow(
      expect.objectContaining({ code: 'REPLAY_FILE_EMPTY', setting: '--replay' }),
    )
  })
})

describe('progress', () => {
  test('counts bytes, ticks and time', async () => {
    const { clock, replay, running } = await start([
      trade(1, 0),
      trade(2, 1_000),
      trade(3, 2_000),
      trade(4, 3_000),
    ])
    await clock.advance(1_500)
    expect(replay.progress()).toEqual({
      file: 'memory.csv',
      symbol: 'XRPETH',
      layout: 'trades',
      speed: 1,
      // The third line is read and waits for its time.
      share: 0.75,
      ticks: 2,
      eventTimeMs: AT + 1_000,
      lagMs: 0,
      malformed: 0,
      loops: 0,
      done: false,
    })
    await clock.advance(10_000)
    await running
    expect(replay.progress()).toMatchObject({ share: 1, ticks: 4, loops: 1, done: true })
  })

  test('is reported every five seconds at most, and at the end', async () => {
    const lines = Array.from({ length: 121 }, (_, index) => trade(index + 1, index * 100))
    const { clock, reports, running } = await start(lines)
    await clock.advance(12_000)
    await running
    expect(reports.map(({ ticks }) => ticks)).toEqual([51, 101, 121])
    expect(reports.map(({ done }) => done)).toEqual([false, false, true])
  })
})
