import { QueryClient, QueryObserver } from '@tanstack/react-query'
import { expect, onTestFinished, test } from 'vitest'
import type { Candle } from '../../src/api/shapes.ts'
import { queryKeys } from '../../src/api/query-keys.ts'
import { createCell } from '../../src/cell.ts'
import { createCandleTails, fetchJoined, streamCandles } from '../../src/market/live-candles.ts'
import type { Connection } from '../../src/stream/connection.ts'
import type { Stream } from '../../src/stream/stream.ts'
import { candlesTopic } from '../../src/stream/topics.ts'
import { candle } from '../fixtures.ts'

const CHART = ['solana', 'So1', '1m'] as const

/** A chart that is looked at. Its stream and the answers of its API are in the hands of the test. */
function openChart() {
  const connection = createCell<Connection>({ kind: 'live' })
  let heard: ((candles: readonly Candle[]) => void) | undefined
  const follow = ((
    _key: string,
    _id: object,
    { values }: { values: (candles: readonly Candle[]) => void },
  ) => {
    heard = values
    return () => undefined
  }) as Stream['follow']
  const answers: ((history: readonly Candle[]) => void)[] = []
  const queryClient = new QueryClient()
  const tails = createCandleTails()
  streamCandles({ connection, follow }, queryClient, tails)(...CHART)
  const observer = new QueryObserver<readonly Candle[]>(queryClient, {
    queryKey: queryKeys.candles(...CHART),
    queryFn: () =>
      fetchJoined(tails, candlesTopic(...CHART), () => new Promise((answer) => answers.push(answer))),
    retry: false,
  })
  onTestFinished(observer.subscribe(() => undefined))
  return {
    connection,
    requests: () => answers.length,
    /** The API answers its latest request. */
    async answer(...history: Candle[]) {
      answers.at(-1)?.(history)
      // Promises only: a few turns settle all of them.
      for (let turn = 0; turn < 10; turn++) await Promise.resolve()
    },
    send(...candles: Candle[]) {
      heard?.(candles)
    },
    shown: () => observer.getCurrentResult().data?.map(({ time, close }) => `${time}:${close}`),
  }
}

test('candles that came while the history was on its way are in the chart', async () => {
  const chart = openChart()
  chart.send(candle(2, '5', 4))
  chart.send(candle(2, '6', 5), candle(3, '7'))
  await chart.answer(candle(1), candle(2, '4', 3))
  expect(chart.shown()).toEqual(['1:1', '2:6', '3:7'])
  expect(chart.requests()).toBe(1)
})

test('a history of before the first streamed candle is fetched again at once', async () => {
  const chart = openChart()
  chart.send(candle(4, '5'))
  await chart.answer(candle(1), candle(2))
  expect(chart.requests()).toBe(2)
  await chart.answer(candle(1), candle(2, '9', 9), candle(3), candle(4, '5'))
  expect(chart.shown()).toEqual(['1:1', '2:9', '3:1', '4:5'])
})

test('a stream that begins after the history, over a change of candles, has it fetched again', async () => {
  const chart = openChart()
  await chart.answer(candle(1), candle(2, '4', 3))
  // The second candle went on to 8 in the meantime; nobody said so.
  chart.send(candle(3, '5'))
  expect(chart.requests()).toBe(2)
  // Not another request for each message.
  chart.send(candle(3, '6', 4))
  expect(chart.requests()).toBe(2)
  expect(chart.shown()).toEqual(['1:1', '2:4'])
  await chart.answer(candle(1), candle(2, '8', 9), candle(3, '5'))
  expect(chart.shown()).toEqual(['1:1', '2:8', '3:6'])
})

test('a message that leaves candles out has the history fetched again', async () => {
  const chart = openChart()
  await chart.answer(candle(1))
  chart.send(candle(1, '2', 4))
  expect(chart.shown()).toEqual(['1:2'])
  chart.send(candle(500))
  expect(chart.requests()).toBe(2)
  await chart.answer(candle(499), candle(500))
  expect(chart.shown()).toEqual(['499:1', '500:1'])
})

test('what another connection sent is not mixed into a history that comes after it', async () => {
  const chart = openChart()
  await chart.answer(candle(1))
  chart.send(candle(1, '2', 400), candle(2, '3', 400))
  chart.connection.set({ kind: 'connecting', since: null })
  chart.connection.set({ kind: 'live' })
  // A desk that was restarted has fewer trades of the same minute.
  chart.send(candle(4))
  await chart.answer(candle(1, '7', 1), candle(2, '8', 1), candle(4))
  expect(chart.shown()).toEqual(['1:7', '2:8', '4:1'])
})
