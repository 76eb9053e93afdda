import assert from 'node:assert/strict'
import type { ConformanceCase } from '../../core/conformance.ts'
import type { Limit, LimitAlgorithm, LimitAsk, LimiterStore } from './port.ts'

/** What the suite needs: the limits of one store, and keys that nobody used before. */
export interface LimiterHarness {
  readonly limits: LimiterStore
  freshKey(): string
  /** Resolves once `condition` holds; rejects after a few seconds. */
  eventually(condition: () => boolean | Promise<boolean>): Promise<void>
}

/** Nothing comes back while a test runs. */
const HOUR_MS = 3_600_000

/** How one limit is asked: alone, or as the only one of `takeAll`. Both must say the same. */
type Way = (limits: LimiterStore, ask: LimitAsk) => Promise<Limit>

const WAYS: Readonly<Record<string, Way>> = {
  take: (limits, ask) => limits.take(ask),
  takeAll: async (limits, ask) => (await limits.takeAll([ask]))[0] as Limit,
}

/** Limits, as every store must count them. */
export const limiterConformance: readonly ConformanceCase<LimiterHarness>[] = [
  ...(['gcra', 'sliding-log'] as const).flatMap((algorithm) =>
    Object.entries(WAYS).flatMap(([name, way]) =>
      casesOf(algorithm, way).map((each) => ({ ...each, name: `${algorithm}, ${name}: ${each.name}` })),
    ),
  ),
  ...together(),
]

function casesOf(algorithm: LimitAlgorithm, way: Way): ConformanceCase<LimiterHarness>[] {
  /** Asks for `cost` of `limit` in `periodMs`. */
  const asking =
    ({ limits }: LimiterHarness, key: string, limit: number, periodMs = HOUR_MS) =>
    (cost = 1): Promise<Limit> =>
      way(limits, { key, rule: { algorithm, limit, periodMs }, cost })

  return [
    {
      name: 'so many are allowed, all at once, and no more',
      async run(harness) {
        const take = asking(harness, harness.freshKey(), 10)
        const taken = await Promise.all(Array.from({ length: 50 }, () => take()))
        assert.equal(taken.filter(({ allowed }) => allowed).length, 10)
        const remaining = taken.filter(({ allowed }) => allowed).map((state) => state.remaining)
        assert.deepEqual(
          remaining.toSorted((a, b) => a - b),
          [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
        )
      },
    },
    {
      name: 'roundings neither give a unit away nor keep one',
      async run(harness) {
        for (const limit of [3, 7, 997]) {
          const take = asking(harness, harness.freshKey(), limit)
          const taken = await Promise.all(Array.from({ length: limit + 5 }, () => take()))
          assert.equal(taken.filter(({ allowed }) => allowed).length, limit)
        }
      },
    },
    {
      name: 'what is denied consumes nothing',
      async run(harness) {
        const take = asking(harness, harness.freshKey(), 10)
        assert.equal((await take(8)).remaining, 2)
        for (let denial = 0; denial < 5; denial++) {
          const { allowed, remaining } = await take(3)
          assert.deepEqual({ allowed, remaining }, { allowed: false, remaining: 2 })
        }
        assert.equal((await take(2)).allowed, true)
      },
    },
    {
      name: 'it says how long until what was asked for is there, until one more, and until all is',
      async run(harness) {
        const take = asking(harness, harness.freshKey(), 10)
        const first = await take(10)
        assert.deepEqual([first.retryAfterMs, first.limit, first.periodMs], [0, 10, HOUR_MS])
        assertAbout(first.nextMs, algorithm === 'gcra' ? HOUR_MS / 10 : HOUR_MS)
        assertAbout(first.resetMs, HOUR_MS)
        const denied = await take(4)
        assert.equal(denied.allowed, false)
        assertAbout(denied.retryAfterMs, algorithm === 'gcra' ? HOUR_MS * 0.4 : HOUR_MS)
        assertAbout(denied.resetMs, HOUR_MS)
      },
    },
    {
      name: 'who never took has everything, and nothing to wait for',
      async run(harness) {
        const take = asking(harness, harness.freshKey(), 5, 40)
        await take(5)
        await harness.eventually(async () => (await take(5)).allowed)
        const another = asking(harness, harness.freshKey(), 5)
        assert.equal((await another(1)).remaining, 4)
      },
    },
    {
      name: 'units come back',
      async run(harness) {
        const take = asking(harness, harness.freshKey(), 4, 200)
        let retryAfterMs = 0
        // On a machine that pauses some come back meanwhile.
        await harness.eventually(async () => (retryAfterMs = (await take()).retryAfterMs) > 0)
        assert.ok(retryAfterMs <= (algorithm === 'gcra' ? 50 : 200), `${retryAfterMs} ms`)
        await harness.eventually(async () => (await take()).allowed)
        await harness.eventually(async () => (await take(4)).allowed)
      },
    },
    {
      name: 'each key has a limit of its own',
      async run(harness) {
        assert.equal((await asking(harness, harness.freshKey(), 1)()).allowed, true)
        assert.equal((await asking(harness, harness.freshKey(), 1)()).allowed, true)
      },
    },
    {
      name: 'a lower rate counts what was taken under the higher one, for at most its own period',
      async run(harness) {
        const key = harness.freshKey()
        await asking(harness, key, 10)(10)
        // The log must remember for longer than a machine may pause.
        const periodMs = algorithm === 'gcra' ? 50 : HOUR_MS / 2
        const take = asking(harness, key, 1, periodMs)
        const { allowed, resetMs } = await take()
        assert.equal(allowed, false)
        assert.ok(resetMs <= periodMs, `all is free in ${resetMs} ms`)
        if (algorithm === 'gcra') await harness.eventually(async () => (await take()).allowed)
      },
    },
    {
      name: 'what another algorithm counted is forgotten',
      async run(harness) {
        const key = harness.freshKey()
        const other = algorithm === 'gcra' ? 'sliding-log' : 'gcra'
        const rule = { algorithm: other, limit: 2, periodMs: HOUR_MS } as const
        await harness.limits.take({ key, rule, cost: 2 })
        assert.equal((await asking(harness, key, 2)()).remaining, 1)
      },
    },
  ]
}

function together(): ConformanceCase<LimiterHarness>[] {
  /** Two limits in one slot, of both algorithms. */
  const two = ({ limits, freshKey }: LimiterHarness) => {
    const tag = `{${freshKey()}}`
    const [a, b] = [
      { algorithm: 'gcra', limit: 3, periodMs: HOUR_MS },
      { algorithm: 'sliding-log', limit: 5, periodMs: HOUR_MS },
    ] as const
    return (costs: readonly [number, number]): Promise<Limit[]> =>
      limits.takeAll([
        { key: `a:${tag}`, rule: a, cost: costs[0] },
        { key: `b:${tag}`, rule: b, cost: costs[1] },
      ])
  }
  const brief = (limits: readonly Limit[]): unknown =>
    limits.map(({ allowed, remaining }) => [allowed, remaining])
  return [
    {
      name: 'takeAll: all are taken',
      async run(harness) {
        assert.deepEqual(brief(await two(harness)([1, 2])), [
          [true, 2],
          [true, 3],
        ])
      },
    },
    {
      name: 'takeAll: where one is not there, none is taken',
      async run(harness) {
        const take = two(harness)
        await take([3, 1])
        const denied = await take([1, 4])
        assert.deepEqual(brief(denied), [
          [false, 0],
          [true, 4],
        ])
        assertAbout(denied[0]?.retryAfterMs ?? 0, HOUR_MS / 3)
        assert.equal(denied[1]?.retryAfterMs, 0)
        assert.deepEqual(brief(await take([1, 5])), [
          [false, 0],
          [false, 4],
        ])
      },
    },
    {
      name: 'takeAll: many at once take what the scarcer one has',
      async run(harness) {
        const take = two(harness)
        const taken = await Promise.all(Array.from({ length: 20 }, () => take([1, 1])))
        assert.equal(taken.filter((limits) => limits.every(({ allowed }) => allowed)).length, 3)
        assert.deepEqual(brief(await take([1, 1])), [
          [false, 0],
          [true, 2],
        ])
      },
    },
  ]
}

function assertAbout(actualMs: number, expectedMs: number): void {
  assert.ok(Math.abs(actualMs - expectedMs) < 5_000, `${actualMs} ms is not about ${expectedMs} ms`)
}
