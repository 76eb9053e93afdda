import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { eventually } from '../../../../test/servers/eventually.ts'
import type { PriceView } from '../../src/market/price-view.ts'
import {
  candlesIn,
  INTERVAL_NAMES,
  inventDump,
  type RecordedTrade,
  type ShownCandle,
  textOf,
  tradesIn,
} from './recorded-trades.ts'
import { get, sign, type StartedDesk, useDesks, withoutRedis } from './start-desk.ts'

const desks = useDesks()

/** Keeps what the stream says of prices, from the first tick on. */
async function watch(desk: StartedDesk, prices: PriceView[], candles: ShownCandle[]): Promise<void> {
  const { token } = await sign(desk, 'login', desk.demo)
  const socket = new WebSocket(`${desk.url.replace('http', 'ws')}/api/v1/stream`)
  socket.on('open', () => socket.send(JSON.stringify({ type: 'auth', token })))
  const ready = new Promise<void>((resolve, reject) => {
    socket.on('error', reject)
    socket.on('message', (data: Buffer) => {
      const message = JSON.parse(data.toString())
      if (message.type === 'ready')
        socket.send(JSON.stringify({ type: 'subscribe', topics: ['prices', 'candles:binance:XRPETH:1h'] }))
      if (message.type === 'subscribed') resolve()
      if (message.type !== 'values') return
      if (message.topic === 'prices') prices.push(...message.values)
      else candles.push(...message.values)
    })
  })
  await ready
}

/**
 * Runs a desk on a dump to its end and compares everything that it says with the file: how many prices, and how many of
 * them were seen before the last trade.
 */
async function compare(
  file: string,
  speed: string,
  settings: Record<string, string>,
): Promise<{ compared: number; early: number }> {
  const trades = tradesIn(await readFile(file, 'utf8'))
  const desk = await desks.start(settings, { file, symbol: 'XRPETH', speed, maxMalformed: '0' })
  const pushed: PriceView[] = []
  const pushedCandles: ShownCandle[] = []
  const watching = watch(desk, pushed, pushedCandles)

  const got: PriceView[] = []
  const market = { isOver: false }
  void desk.feedEnded.then(() => (market.isOver = true))
  while (!market.isOver) {
    const one = await get<PriceView | object>(desk, '/api/v1/prices/binance/XRPETH')
    if ('seq' in one) got.push(one)
    const { prices } = await get<{ prices: PriceView[] }>(desk, '/api/v1/prices')
    got.push(...prices.filter(({ chain }) => chain === 'binance'))
  }
  await watching
  await eventually(() => pushed.at(-1)?.seq === trades.length)

  expect(wrong(got, trades)).toEqual([])
  expect(wrong(pushed, trades)).toEqual([])
  // Neither goes back.
  for (const seen of [got, pushed]) {
    const numbers = seen.map(({ seq }) => seq)
    expect(numbers).toEqual(numbers.toSorted((a, b) => a - b))
  }

  const last = trades.at(-1) as RecordedTrade
  expect(await get(desk, '/api/v1/prices/binance/XRPETH')).toMatchObject({
    seq: trades.length,
    price: textOf(last.price),
    eventTime: last.time,
    symbol: 'XRP',
    quote: 'ETH',
  })
  expect((await get(desk, '/api/v1/status'))['replay']).toMatchObject({
    file,
    symbol: 'XRPETH',
    ticks: trades.length,
    malformed: 0,
    done: true,
    share: 1,
    eventTime: last.time,
  })
  await compareCandles(desk, trades)
  const hours = new Map(candlesIn(trades, '1h').map((candle) => [candle.time, candle]))
  // The last that was pushed of each hour is the hour.
  for (const candle of new Map(pushedCandles.map((each) => [each.time, each])).values())
    expect(candle).toEqual(hours.get(candle.time))

  // The market is over; the desk is not.
  expect((await fetch(`${desk.url}/health/ready`)).status).toBe(200)
  expect(desk.progress.at(-1)).toMatch(new RegExp(`100\\.0 %  ${trades.length} ticks  0 malformed.*done`))
  const compared = [...got, ...pushed]
  return { compared: compared.length, early: compared.filter(({ seq }) => seq < trades.length).length }
}

async function compareCandles(desk: StartedDesk, trades: readonly RecordedTrade[]): Promise<void> {
  for (const interval of INTERVAL_NAMES) {
    const all = candlesIn(trades, interval)
    const path = `/api/v1/candles/binance/XRPETH?interval=${interval}&limit=1000`
    const { candles } = await get<{ candles: ShownCandle[] }>(desk, path)
    expect(candles).toEqual(all.slice(-1_000))
    if (all.length > 1_000) continue
    // Equal candles have equal sums; said once more in the words of the promise.
    expect(candles.reduce((sum, candle) => sum + candle.trades, 0)).toBe(trades.length)
  }
}

/** Prices that are not those of the trade with their number. */
function wrong(prices: readonly PriceView[], trades: readonly RecordedTrade[]): PriceView[] {
  return prices.filter(({ seq, price, eventTime }) => {
    const trade = trades[seq - 1]
    return !trade || textOf(trade.price) !== price || trade.time !== eventTime
  })
}

describe('every price and candle that the desk shows is that of the file', () => {
  test('an invented market, on the memory store', async () => {
    withoutRedis()
    const file = join(await desks.folder(), 'dump.csv')
    await writeFile(file, inventDump(3_000, 30 * 3_600_000))
    const { early } = await compare(file, '36000', { DATABASE_URL: await desks.database() })
    expect(early).toBeGreaterThan(0)
  })

  test('the same as fast as it goes, on Redis', async () => {
    const file = join(await desks.folder(), 'dump.csv')
    await writeFile(file, inventDump(3_000, 30 * 3_600_000))
    const [DATABASE_URL, redis] = await Promise.all([desks.database(), desks.redis()])
    // It may be over before anybody asks: then what is compared is its end.
    const { compared } = await compare(file, 'max', { DATABASE_URL, REDIS_URL: redis.url })
    expect(compared).toBeGreaterThan(0)
  })

  // A dump of real trades, used where one lies beside the repository.
  const REAL = fileURLToPath(
    new URL('../../../../../shared/data/XRPETH-aggTrades-2019-10-11.csv', import.meta.url),
  )
  test.skipIf(!existsSync(REAL))(
    '12,477 real trades of XRP in ETH, two and a half days in two seconds',
    async () => {
      const [DATABASE_URL, redis] = await Promise.all([desks.database(), desks.redis()])
      const { early } = await compare(REAL, '120000', { DATABASE_URL, REDIS_URL: redis.url })
      expect(early).toBeGreaterThan(0)
    },
  )
})

describe('a dump with faults', () => {
  const lines = (count: number) => inventDump(count, 60_000).trimEnd().split('\n')

  test('is replayed without its bad lines, each of which is said with its number', async () => {
    const file = join(await desks.folder(), 'dump.csv')
    const [header, first, ...rest] = lines(10)
    await writeFile(file, [header, first, 'no trade at all', ...rest].join('\n'))
    const DATABASE_URL = await desks.database()
    const desk = await desks.start({ DATABASE_URL }, { file, symbol: 'XRPETH', speed: 'max' })
    await desk.feedEnded
    expect(desk.progress).toContainEqual(expect.stringMatching(/^skipped .*dump\.csv:3: /))
    expect((await get(desk, '/api/v1/status'))['replay']).toMatchObject({
      ticks: 10,
      malformed: 1,
      done: true,
    })
  })

  test('that are too many ends with an error that names the line; the desk goes on with what came before', async () => {
    const file = join(await desks.folder(), 'dump.csv')
    await writeFile(file, [...lines(10), 'no trade', 'no trade either'].join('\n'))
    const DATABASE_URL = await desks.database()
    const replay = { file, symbol: 'XRPETH', speed: 'max', maxMalformed: '1' }
    const desk = await desks.start({ DATABASE_URL }, replay)
    await expect(desk.feedEnded).rejects.toThrow(/^--max-malformed: .*dump\.csv:13: /)
    expect(await get(desk, '/api/v1/prices/binance/XRPETH')).toMatchObject({ seq: 10 })
    expect((await fetch(`${desk.url}/health/ready`)).status).toBe(200)
  })
})

test('a replay after a simulated market shows what it replays, and a simulator beside it goes on with its own', async () => {
  const [DATABASE_URL, redis] = await Promise.all([desks.database(), desks.redis()])
  const settings = { DATABASE_URL, REDIS_URL: redis.url }
  const simulated = await desks.start(settings)
  await eventually(
    async () => (await get<{ prices: object[] }>(simulated, '/api/v1/prices')).prices.length > 0,
  )
  const file = join(await desks.folder(), 'dump.csv')
  await writeFile(file, inventDump(30, 60_000))
  const replayed = await desks.start(settings, { file, symbol: 'XRPETH', speed: 'max' })
  await replayed.feedEnded
  expect(await get(replayed, '/api/v1/assets')).toMatchObject({ assets: [{ asset: 'XRPETH' }] })
  expect(await get(replayed, '/api/v1/prices')).toMatchObject({ prices: [{ asset: 'XRPETH', seq: 30 }] })
  expect((await get(simulated, '/api/v1/assets'))['assets']).toHaveLength(24)
})

test('a second run on the same servers shows nothing of the first', async () => {
  const [DATABASE_URL, redis] = await Promise.all([desks.database(), desks.redis()])
  const folder = await desks.folder()
  const settings = { DATABASE_URL, REDIS_URL: redis.url, DATA_DIR: folder }
  const [long, short] = [join(folder, 'long.csv'), join(folder, 'short.csv')]
  await writeFile(long, inventDump(300, 3_600_000))
  await writeFile(short, inventDump(30, 360_000))
  const first = await desks.start(settings, { file: long, symbol: 'XRPETH', speed: 'max' })
  await first.feedEnded
  await compareCandles(first, tradesIn(await readFile(long, 'utf8')))
  await first.stop()
  const second = await desks.start(settings, { file: short, symbol: 'XRPETH', speed: 'max' })
  await second.feedEnded
  await compareCandles(second, tradesIn(await readFile(short, 'utf8')))
  expect(await get(second, '/api/v1/prices/binance/XRPETH')).toMatchObject({ seq: 30 })
})
