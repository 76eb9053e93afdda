import { createClient } from '@redis/client'
import type { Row } from '../row.ts'
import { OF_ONE, sessionsAmong } from '../sessions-among.ts'

const MANY = 100_000
const FEW = 1_000

/** The rows of sessions. */
export const sessionRows: readonly Row[] = [
  {
    row: 'sessions',
    about: `the ${OF_ONE} sessions of one user are listed and ended among ${MANY} of others`,
    async run({ redisUrl, isQuick }) {
      const few = await sessionsAmong(redisUrl, FEW)
      const client = createClient({ url: redisUrl })
      await client.connect()
      await client.flushAll()
      client.destroy()
      const many = await sessionsAmong(redisUrl, isQuick ? 10 * FEW : MANY)
      const one = Object.entries(many.commands).map(([part, commands]) => ({
        part,
        value: commands.length,
        unit: 'commands',
        against: 'one',
        target: { atMost: 1 },
        note: commands.join(' '),
      }))
      return {
        comparisons: [
          ...one,
          {
            part: 'scans',
            value: many.scans,
            unit: 'calls',
            against: 'no KEYS, no SCAN',
            target: { atMost: 0 },
          },
          {
            part: `list among ${many.sessions}`,
            value: many.listMicros,
            unit: 'µs of the server',
            against: `among ${few.sessions}`,
            againstValue: few.listMicros,
            // Memory that is not in the processor's cache any more.
            target: { atMost: 2 },
          },
        ],
      }
    },
  },
]
