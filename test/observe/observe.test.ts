import { cached, open } from 'holdfast'
import { collect, Histogram } from 'holdfast/observe'
import { virtualClock } from 'holdfast/testing'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { at, bench } from '../kinds/cached/fixture.ts'

test('quantiles are right to about 5 percent', () => {
  const histogram = new Histogram(virtualClock())
  expect(histogram.quantile(0.5)).toBeNull()
  for (let ms = 1; ms <= 1_000; ms++) histogram.record(ms)
  const off = (share: number, ms: number): number => Math.abs((histogram.quantile(share) ?? 0) - ms) / ms
  expect(off(0.5, 500)).toBeLessThan(0.06)
  expect(off(0.99, 990)).toBeLessThan(0.06)
})

test('what is longer ago than two windows is forgotten', async () => {
  const clock = virtualClock()
  const histogram = new Histogram(clock, 60_000)
  histogram.record(500)
  await clock.advance(60_000)
  histogram.record(1)
  expect(histogram.quantile(1)).toBeGreaterThan(400)
  await clock.advance(60_000)
  expect(histogram.quantile(1)).toBeLessThan(2)
  await clock.advance(600_000)
  expect(histogram.quantile(1)).toBeNull()
})

test('of callers who share a load, one asked the source: the hit ratio counts loads', async () => {
  const { source, node, clock } = bench()
  source.prices = undefined
  const state = await node()
  const collector = collect(state, clock)
  const reads = Array.from({ length: 50 }, () => state.price.get({ asset: 'SOL' }))
  await clock.advance(1)
  source.next().resolve(at(1))
  await Promise.all(reads)
  for (let hit = 0; hit < 3; hit++) await state.price.get({ asset: 'SOL' })
  const [price] = collector.snapshot()
  expect(price?.counts).toMatchObject({ l1Hits: 3, misses: 50, loads: 1 })
  expect(price?.hitRatio).toBe(0.75)
  collector.close()
})

test('without a loader every read that finds nothing counts', async () => {
  const note = cached({ key: 'note:{id}', about: 'Notes.', value: z.string(), ttl: '1m', l1: { max: 10 } })
  const state = await open({ note })
  const collector = collect(state)
  await state.note.get({ id: 'a' })
  await state.note.set({ id: 'a' }, 'x')
  await state.note.get({ id: 'a' })
  expect(collector.snapshot()[0]?.hitRatio).toBe(0.5)
  collector.close()
  await state.close()
})

test('a snapshot joins the declaration with counts and latencies of this state alone', async () => {
  const { source, node, clock } = bench()
  source.prices = undefined
  const [a, b] = [await node(), await node()]
  const collector = collect(a, clock)
  const loading = a.price.get({ asset: 'SOL' })
  await clock.advance(100)
  source.next().resolve(at(1))
  await loading
  await a.price.get({ asset: 'SOL' })
  await b.price.get({ asset: 'SOL' })
  const [price] = collector.snapshot()
  expect(price).toMatchObject({ name: 'price', kind: 'cached', key: 'price:{asset}', hitRatio: 0.5 })
  expect(price?.counts).toMatchObject({ l1Hits: 1, l2Hits: 0, misses: 1 })
  expect(Math.abs((price?.loadMs?.p99 ?? 0) - 100)).toBeLessThan(6)
  collector.close()
})
