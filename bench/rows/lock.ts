import { lock, open } from 'holdfast'
import { redisStore } from 'holdfast/redis'
import { concurrently } from '../measure.ts'
import { verrou } from '../rivals/coordination/verrou.ts'
import { roundTripsOf } from '../round-trips.ts'
import type { Row } from '../row.ts'
import { BY_HAND, byHand, roundTrips } from './by-hand.ts'
import { rivalry, type Side } from './rivalry.ts'

const CONCURRENCY = 100
const IDS = 1_000
const LEASE_MS = 10_000
const FOLDER = 'src/kinds/lock'

const work = async (): Promise<void> => undefined

/** The rows of locks. */
export const lockRows: readonly Row[] = [
  {
    row: 'lock',
    about: `1,000 locks, each taken and given back, ${CONCURRENCY} calls at a time`,
    async run({ redisUrl }) {
      const guard = lock({ key: 'lock:{id}', about: 'A lock that is free.', lease: `${LEASE_MS / 1_000}s` })
      const state = await open({ guard }, { store: redisStore({ url: redisUrl }) })
      await state.guard.run({ id: 'first' }, work)
      const [ofAcquire, ofBoth]: [string[], string[]] = [[], []]
      await state.guard.run({ id: 'held' }, async () => {
        // Somebody else has it: one attempt, which is refused.
        ofAcquire.push(
          ...(await roundTripsOf(redisUrl, () =>
            state.guard.run({ id: 'held' }, work).catch(() => undefined),
          )),
        )
      })
      ofBoth.push(...(await roundTripsOf(redisUrl, () => state.guard.run({ id: 'counted' }, work))))
      const ours: Side = {
        name: 'holdfast',
        configuration: 'renewed, with a fencing token',
        open: async () => ({
          work: concurrently(CONCURRENCY, (index) => state.guard.run({ id: String(index % IDS) }, work)),
        }),
      }
      const hand = byHand(redisUrl, [`${FOLDER}/acquire.lua`, `${FOLDER}/release.lua`], (acquire, release) =>
        concurrently(CONCURRENCY, async (index) => {
          const key = `hand:lock:${index % IDS}`
          const owner = `owner-${index}`
          const [count, line, wake] = [`hand~f:{${key}}`, `hand~q:{${key}}`, `hand~l:{${key}}`]
          const asked = [owner, String(LEASE_MS), '604800000', '0', '1000']
          const granted = (await acquire([key, count, line], asked)) as [number, number]
          if (granted[0] !== 1) throw new Error(`${key} is taken`)
          await release([key, line, wake], [owner, '1500'])
        }),
      )
      const rival: Side = {
        name: verrou.name,
        configuration: verrou.configuration,
        async open() {
          const { run, close } = await verrou.open(redisUrl, LEASE_MS)
          return { work: concurrently(CONCURRENCY, (index) => run(String(index % IDS), work)), close }
        },
      }
      const found = await rivalry(
        'locks taken and given back/s',
        ours,
        [hand, rival],
        [
          { against: BY_HAND, target: { atLeast: 0.9 } },
          { against: verrou.name, target: { atLeast: 1 } },
        ],
      )
      return {
        ...found,
        comparisons: [
          roundTrips('acquire', ofAcquire, 1),
          roundTrips('acquire and release', ofBoth, 2),
          ...found.comparisons,
        ],
        async close() {
          await found.close?.()
          await state.close()
        },
      }
    },
  },
]
