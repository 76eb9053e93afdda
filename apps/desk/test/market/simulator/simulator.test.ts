import { sleep } from 'holdfast'
import { virtualClock, type VirtualClock } from 'holdfast/testing'
import { describe, expect, test } from 'vitest'

import { DEMO_ASSETS } from '../../../src/domain/assets.ts'
import * as decimal from '../../../src/domain/decimal.ts'
import type { Tick } from '../../../src/market/price-source.ts'
import { createSimulator } from '../../../src/market/simulator/simulator.ts'

const byKey = ({ chain, asset }: Pick<Tick, 'chain' | 'asset'>): string => `${chain}:${asset}`
const withoutTime = (tick: Tick): Tick => ({ ...tick, eventTimeMs: 0 })

interface Recording {
  readonly seed?: string
  readonly clock?: VirtualClock
  readonly forMs?: number
  readonly consume?: (tick: Tick, clock: VirtualClock) => void | Promise<void>
}

async function record({ seed = '1', clock = virtualClock(), forMs = 20_000, consume }: Recording = {}) {
  const ticks: Tick[] = []
  const abort = new AbortController()
  const simulator = createSimulator({ seed, assets: DEMO_ASSETS, clock })
  const running = simulator.run((tick) => {
    ticks.push(tick)
    return consume?.(tick, clock)
  }, abort.signal)
  await clock.advance(forMs)
  abort.abort()
  await clock.advance(10_000)
  await running
  return { ticks, simulator, clock }
}

describe('the live market', () => {
  test('the same seed gives the same prices, quantities and order, whatever the time of day', async () => {
    const first = await record({ clock: virtualClock(Date.UTC(2026, 0, 1)) })
    const second = await record({ clock: virtualClock(Date.UTC(2031, 5, 5)) })
    expect(first.ticks.length).toBeGreaterThan(24 * 20)
    expect(second.ticks.map(withoutTime)).toEqual(first.ticks.map(withoutTime))
  })

  test('another seed gives another market', async () => {
    const first = await record({ seed: '1', forMs: 5_000 })
    const second = await record({ seed: '2', forMs: 5_000 })
    expect(second.ticks.map(({ price }) => price)).not.toEqual(first.ticks.map(({ price }) => price))
  })

  test('every asset trades one to four times a second, at irregular moments', async () => {
    const { ticks } = await record({ forMs: 60_000 })
    for (const asset of DEMO_ASSETS) {
      const times = ticks.filter((tick) => byKey(tick) === byKey(asset)).map(({ eventTimeMs }) => eventTimeMs)
      expect(times.length / 60).toBeGreaterThan(1)
      expect(times.length / 60).toBeLessThan(4)
      const gaps = new Set(times.slice(1).map((time, index) => time - (times[index] ?? 0)))
      expect(gaps.size).toBeGreaterThan(20)
    }
  })

  test('prices are canonical decimals above zero on the tick size, near where they start', async () => {
    const { ticks } = await record()
    for (const asset of DEMO_ASSETS) {
      const own = ticks.filter((tick) => byKey(tick) === byKey(asset))
      for (const { price, quantity } of own) {
        expect(decimal.canonical(price)).toBe(price)
        expect(decimal.parse(price).scale).toBeLessThanOrEqual(asset.priceDecimals)
        expect(decimal.sign(decimal.parse(price))).toBe(1)
        expect(Number(price) / Number(asset.startPrice)).toBeGreaterThan(0.8)
        expect(Number(price) / Number(asset.startPrice)).toBeLessThan(1.25)
        expect(decimal.sign(decimal.parse(quantity ?? '0'))).toBe(1)
        expect(decimal.parse(quantity ?? '0').scale).toBeLessThanOrEqual(asset.decimals)
      }
      expect(new Set(own.map(({ price }) => price)).size).toBeGreaterThan(3)
    }
  })

  test('event times are those of the calendar and never fall, also when it is set back', async () => {
    const clock = virtualClock()
    let setBackMs = 0
    const abort = new AbortController()
    const times: number[] = []
    const simulator = createSimulator({
      seed: '1',
      assets: DEMO_ASSETS,
      clock: { ...clock, wall: () => clock.wall() - setBackMs },
    })
    const running = simulator.run(({ eventTimeMs }) => void times.push(eventTimeMs), abort.signal)
    await clock.advance(2_000)
    expect(times.at(-1)).toBeGreaterThan(clock.wall() - 200)
    setBackMs = 60_000
    await clock.advance(2_000)
    abort.abort()
    await running
    expect(times).toEqual(times.toSorted((a, b) => a - b))
  })

  test('a slow consumer slows the market down: nothing is lost, reordered or emitted in a burst later', async () => {
    const fast = await record({ forMs: 10_000 })
    let busy = false
    let slowTicks = 0
    const slow = await record({
      forMs: 60_000,
      async consume(_, clock) {
        expect(busy).toBe(false)
        if (slowTicks++ > 100) return
        busy = true
        await sleep(clock, 300)
        busy = false
      },
    })
    const common = Math.min(fast.ticks.length, slow.ticks.length)
    expect(common).toBeGreaterThan(200)
    expect(slow.ticks.slice(0, common).map(withoutTime)).toEqual(fast.ticks.slice(0, common).map(withoutTime))
    const perSecond = new Map<number, number>()
    for (const { eventTimeMs } of slow.ticks) {
      const second = Math.floor(eventTimeMs / 1_000)
      perSecond.set(second, (perSecond.get(second) ?? 0) + 1)
    }
    // It may catch up on five seconds of trades, not on the half minute that was missed.
    expect(Math.max(...perSecond.values())).toBeLessThan(24 * 4 * 6)
  })

  test('a stop ends the run at once and leaves no timer; the next run goes on from there', async () => {
    const clock = virtualClock()
    const whole = await record({ forMs: 10_000 })
    const simulator = createSimulator({ seed: '1', assets: DEMO_ASSETS, clock })
    const ticks: Tick[] = []
    for (const forMs of [5_000, 4_000]) {
      const abort = new AbortController()
      const running = simulator.run((tick) => void ticks.push(tick), abort.signal)
      await clock.advance(forMs)
      abort.abort()
      await running
      expect(clock.pending).toBe(0)
      await clock.advance(60_000)
    }
    expect(ticks.length).toBeGreaterThan(300)
    expect(ticks.map(withoutTime)).toEqual(whole.ticks.slice(0, ticks.length).map(withoutTime))
    expect(simulator.progress()).toMatchObject({
      ticks: ticks.length,
      eventTimeMs: ticks.at(-1)?.eventTimeMs,
    })
  })

  test('a consumer that fails ends the run with its own error', async () => {
    const clock = virtualClock()
    const simulator = createSimulator({ seed: '1', assets: DEMO_ASSETS, clock })
    const running = simulator.run(() => Promise.reject(new Error('no room')), new AbortController().signal)
    await Promise.all([expect(running).rejects.toThrow('no room'), clock.advance(2_000)])
  })
})

describe('the past', () => {
  const endMs = Date.UTC(2026, 5, 1, 12)
  const spans = [
    { reachMs: 60_000, stepMs: 5_000 },
    { reachMs: 600_000, stepMs: 60_000 },
  ]
  const past = (seed = '1'): Tick[] => [
    ...createSimulator({ seed, assets: DEMO_ASSETS, clock: virtualClock() }).history(endMs, spans),
  ]

  test('ends at the given moment with every asset at its start price', () => {
    const last = past().slice(-DEMO_ASSETS.length)
    expect(last.every(({ eventTimeMs }) => eventTimeMs === endMs)).toBe(true)
    expect(last.map(({ price }) => price)).toEqual(
      DEMO_ASSETS.map(({ startPrice }) => decimal.canonical(startPrice)),
    )
  })

  test('comes in the order of time, fine near the end and coarse before', () => {
    const times = past().map(({ eventTimeMs }) => eventTimeMs)
    expect(times).toEqual(times.toSorted((a, b) => a - b))
    const ages = [...new Set(times)].map((time) => (endMs - time) / 1_000).reverse()
    expect(ages.slice(0, 13)).toEqual([0, 5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55, 60])
    expect(ages.slice(13, 15)).toEqual([65, 125])
    expect(ages.at(-1)).toBeLessThanOrEqual(600)
  })

  test('the same seed has the same past, another seed another', () => {
    expect(past('1')).toEqual(past('1'))
    expect(past('1')).not.toEqual(past('2'))
  })

  test('the live market goes on where the past ends', async () => {
    const { ticks } = await record({ forMs: 2_000 })
    for (const tick of past().slice(-DEMO_ASSETS.length)) {
      const first = ticks.find((live) => byKey(live) === byKey(tick))
      expect(Number(first?.price) / Number(tick.price)).toBeCloseTo(1, 2)
    }
  })
})
