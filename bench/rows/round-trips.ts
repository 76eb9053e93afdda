import pg from 'pg'
import { roundTripsOfKinds } from '../round-trips-of-kinds.ts'
import type { Row } from '../row.ts'

/** The most commands of one call, where it is not one. */
const MORE: Readonly<Record<string, number>> = {
  'lock run: acquire and release': 2,
  // What it was is read first.
  'session update': 2,
  'session rotate': 2,
}
/** What lives in PostgreSQL alone. */
const NONE = 'idempotency'

/** What each call of limiters, locks, idempotency and sessions costs. */
export const roundTripRows: readonly Row[] = [
  {
    row: 'round-trips',
    about: 'round trips of one call to Redis, by MONITOR; and statements to PostgreSQL',
    needs: 'postgres',
    async run({ redisUrl, postgresUrl }) {
      const pool = new pg.Pool({ connectionString: postgresUrl, max: 4 })
      try {
        const costs = await roundTripsOfKinds(redisUrl, pool)
        return {
          comparisons: costs.map(({ kind, call, commands, statements }) => {
            const atMost = kind === NONE ? 0 : (MORE[`${kind} ${call}`] ?? 1)
            return {
              part: `${kind}: ${call}`,
              value: commands.length,
              unit: 'round trips',
              against: `at most ${atMost}`,
              target: { atMost },
              note: [...commands, ...(statements > 0 ? [`${statements} statements`] : [])].join(' '),
            }
          }),
        }
      } finally {
        await pool.end()
      }
    },
  },
]
