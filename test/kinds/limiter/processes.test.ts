import { setTimeout as wait } from 'node:timers/promises'
import { createClient } from '@redis/client'
import { expect, onTestFinished, test } from 'vitest'
import { useProgram } from '../../processes/program.ts'
import { freshRedis } from '../../servers/redis.ts'
import type { TakerOrder, TakerReport } from './taker.ts'

// Four processes ask for far more than there is, of one Redis. Their own clocks jump. `ARRIVALS=1000000` lets
// them ask that often, and on a machine that does nothing else also wants that nothing was kept from them.

const ARRIVALS = Number(process.env['ARRIVALS'] ?? 0)
const PROCESSES = 4
const LIMIT = 50
const PERIOD_MS = 1_000
const startTaker = useProgram(new URL('./taker.ts', import.meta.url))

test('four processes never take more than is allowed', { timeout: 0 }, async () => {
  const redis = freshRedis()
  const client = createClient({ url: redis.url })
  await client.connect()
  onTestFinished(() => client.destroy())
  const order: TakerOrder = {
    redis,
    takes: Math.ceil(ARRIVALS / 3 / PROCESSES),
    leastMs: PERIOD_MS * 1.5,
  }
  const children = Array.from({ length: PROCESSES }, () => startTaker(order))
  const answered = Promise.all(children.map((child) => child.next() as Promise<TakerReport[]>))

  // What was taken stands in the log for a period, with the server's own time and the number of all before it.
  const seen = new Map<string, { readonly micros: number; readonly before: number }>()
  const progress = { isOver: false }
  answered.finally(() => (progress.isOver = true)).catch(() => undefined)
  while (!progress.isOver) {
    for (const entry of await client.lRange(`${redis.namespace}:logged:1`, 0, -1)) {
      const [micros = 0, before = 0] = entry.split(':').map(Number)
      seen.set(entry, { micros, before })
    }
    await wait(20)
  }
  const reports = (await answered).flat()

  const taken = [...seen.values()].toSorted((a, b) => a.micros - b.micros)
  expect(taken.length).toBeGreaterThan(LIMIT)
  taken.reduce((first, { micros, before }, index) => {
    let earliest = first
    while ((taken[earliest]?.micros ?? 0) <= micros - PERIOD_MS * 1_000) earliest++
    expect(earliest).toBeLessThanOrEqual(index)
    expect(before + 1 - (taken[earliest]?.before ?? 0)).toBeLessThanOrEqual(LIMIT)
    return earliest
  }, 0)

  for (const name of ['even', 'logged', 'hot'] as const) {
    const own = reports.filter((report) => report.name === name)
    const [allowed, denied] = (['allowed', 'denied'] as const).map((what) =>
      own.reduce((sum, report) => sum + report[what], 0),
    ) as [number, number]
    const firstMs = Math.min(...own.map((report) => report.firstMs))
    const spanMs = Math.max(...own.map(({ lastMs }) => lastMs)) - firstMs
    // Calendar times are in whole milliseconds.
    const most = LIMIT + ((spanMs + 2) * LIMIT) / PERIOD_MS
    expect(denied).toBeGreaterThan(0)
    expect(allowed).toBeLessThanOrEqual(most)
    if (ARRIVALS === 0) continue
    process.stdout.write(
      `${name}: ${allowed} of ${allowed + denied} allowed in ${spanMs} ms; at most ${most}\n`,
    )
    expect(allowed).toBeGreaterThanOrEqual(most * (name === 'even' ? 0.98 : 0.9))
  }
})
