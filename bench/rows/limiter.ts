import { limiter, open, type State } from 'holdfast'
import { redisStore } from 'holdfast/redis'
import { concurrently } from '../measure.ts'
import { rateLimiterFlexible } from '../rivals/coordination/rate-limiter-flexible.ts'
import { roundTripsOf } from '../round-trips.ts'
import type { Row } from '../row.ts'
import { BY_HAND, byHand, roundTrips } from './by-hand.ts'
import { rivalry, type Side } from './rivalry.ts'

const CONCURRENCY = 100
const IDS = 1_000
/** As many as a script counts: everything is allowed. */
const POINTS = 10_000_000
const SECONDS = 60

const wide = {
  about: 'A limit that nobody reaches.',
  rate: `${POINTS}/${SECONDS}s`,
  onStoreDown: 'deny',
} as const
const keyspaces = {
  rate: limiter({ ...wide, key: 'rate:{id}' }),
  hot: limiter({ ...wide, key: 'hot:{id}', borrow: 0.001 }),
}
const ids = Array.from({ length: IDS }, (_, index) => ({ id: String(index) }))

/** Opens it while the rows run. */
async function openLimits(url: string): Promise<State<typeof keyspaces>> {
  const state = await open(keyspaces, { store: redisStore({ url }) })
  await state.rate.take({ id: 'first' })
  return state
}

function rivalsAt(url: string, keyOf: (index: number) => string): Side[] {
  return rateLimiterFlexible.map(({ name, configuration, open: openRival }) => ({
    name,
    configuration,
    async open() {
      const { take, close } = await openRival(url, { points: POINTS, seconds: SECONDS })
      return { work: concurrently(CONCURRENCY, (index) => take(keyOf(index))), close }
    },
  }))
}
const RIVALS = rateLimiterFlexible.map(({ name }) => name)

/** The rows of rate limits. */
export const limiterRows: readonly Row[] = [
  {
    row: 'limiter',
    about: `takes of 1,000 limits, ${CONCURRENCY} calls at a time`,
    async run({ redisUrl }) {
      const state = await openLimits(redisUrl)
      const one = await roundTripsOf(redisUrl, () => state.rate.take({ id: 'counted' }))
      const ours: Side = {
        name: 'holdfast',
        configuration: 'gcra',
        open: async () => ({
          work: concurrently(CONCURRENCY, (index) => state.rate.take(ids[index % IDS] as { id: string })),
        }),
      }
      const hand = byHand(redisUrl, ['src/kinds/limiter/take.lua'], (take) =>
        concurrently(CONCURRENCY, async (index) => {
          const [allowed, remaining] = (await take(
            [`hand:${ids[index % IDS]?.id}`],
            [String(POINTS), String(SECONDS * 1_000), '1'],
          )) as number[]
          return { allowed: allowed === 1, remaining }
        }),
      )
      const found = await rivalry(
        'takes/s',
        ours,
        [hand, ...rivalsAt(redisUrl, (index) => String(index % IDS))],
        [
          { against: BY_HAND, target: { atLeast: 0.9 } },
          { against: { bestOf: RIVALS }, target: { atLeast: 1 } },
        ],
      )
      return {
        ...found,
        comparisons: [roundTrips('take', one, 1), ...found.comparisons],
        async close() {
          await found.close?.()
          await state.close()
        },
      }
    },
  },
  {
    row: 'limiter.hot',
    about: `takes of one limit, ${CONCURRENCY} calls at a time, borrowing 0.001 of 10,000,000`,
    async run({ redisUrl }) {
      const state = await openLimits(redisUrl)
      const ours: Side = {
        name: 'holdfast',
        configuration: 'gcra, borrow: 0.001',
        open: async () => ({ work: concurrently(CONCURRENCY, () => state.hot.take({ id: '1' })) }),
      }
      const asking: Side = {
        name: 'holdfast without borrow',
        configuration: 'gcra',
        open: async () => ({ work: concurrently(CONCURRENCY, () => state.rate.take({ id: '1' })) }),
      }
      const found = await rivalry('takes/s', ours, [asking, ...rivalsAt(redisUrl, () => 'one')], [])
      return {
        ...found,
        async close() {
          await found.close?.()
          await state.close()
        },
      }
    },
  },
]
