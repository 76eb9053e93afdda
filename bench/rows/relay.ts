import { createClient } from '@redis/client'
import { open, type State, topic } from 'holdfast'
import { pgTruth } from 'holdfast/postgres'
import { redisStore } from 'holdfast/redis'
import pg from 'pg'
import { z } from 'zod'
import { concurrently, median } from '../measure.ts'
import type { Row } from '../row.ts'
import type { Session } from '../truth.ts'

const AGENTS = 20
const LANES = 16
const ROUNDS = 5
/** Events of one write, when only the relay is measured. */
const EVENTS_OF_A_WRITE = 500

const moves = topic({
  key: 'moves:{agent}',
  about: 'What changed in the account of an agent.',
  value: z.object({ version: z.number(), note: z.string() }),
  maxLength: 1_000_000,
})
const event = {
  version: 1,
  note: 'a hundred characters, more or less, as an event of a trade may have: '.repeat(2),
}
const agentOf = (index: number): string => `a${index % AGENTS}`

type Desk = State<{ readonly moves: typeof moves }, Session>

/** Events a second, from the beginning of `work` until all of them are handed on. */
async function rate(events: number, state: Desk, work: () => unknown): Promise<number> {
  const startedMs = performance.now()
  await work()
  while ((await state.outbox())?.waiting !== 0) await new Promise((resolve) => setTimeout(resolve, 2))
  return events / ((performance.now() - startedMs) / 1_000)
}

/** The row of the outbox. */
export const relayRows: readonly Row[] = [
  {
    row: 'relay',
    about: 'events of the outbox, handed on to Redis Streams after their commit, fsync on',
    needs: 'postgres',
    async run({ redisUrl, postgresUrl, isQuick }) {
      const events = isQuick ? 2_000 : 10_000
      const pool = new pg.Pool({ connectionString: postgresUrl, max: LANES + 4 })
      const options = {
        store: redisStore({ url: redisUrl, namespace: 'relay', commandTimeout: '10s' }),
        truth: pgTruth(pool),
      }
      const writer = await open({ moves }, { ...options, outbox: { relay: false } })
      const write = concurrently(LANES, (index) =>
        writer.write(async (_tx, changes) => changes.emit(moves, { agent: agentOf(index) }, event)),
      )
      /** Leaves events for a relay that begins afterwards. */
      const leave = concurrently(LANES, (index) =>
        writer.write(async (_tx, changes) => {
          for (let each = 0; each < EVENTS_OF_A_WRITE; each++)
            changes.emit(moves, { agent: agentOf(index + each) }, event)
        }),
      )
      await pool.query('DROP TABLE IF EXISTS bare_event; CREATE TABLE bare_event (agent text, payload text)')
      const client = createClient({ url: redisUrl, RESP: 2, commandOptions: { timeout: 0 } })
      await client.connect()
      const payload = JSON.stringify(event)
      const bare = concurrently(LANES, async (index) => {
        await pool.query('INSERT INTO bare_event VALUES ($1, $2)', [agentOf(index), payload])
        await client.sendCommand(['XADD', `bare:${agentOf(index)}`, '*', 'p', payload])
      })
      const figures = { bare: [] as number[], backlog: [] as number[], both: [] as number[] }
      // The first round warms all of them up.
      for (let round = 0; round <= ROUNDS; round++) {
        await leave(events / EVENTS_OF_A_WRITE)
        let relay: Desk | undefined
        const backlog = await rate(events, writer, async () => {
          relay = await open({ moves }, options)
        })
        const both = await rate(events, writer, () => write(events))
        await relay?.close()
        const startedMs = performance.now()
        await bare(events)
        const alone = events / ((performance.now() - startedMs) / 1_000)
        if (round === 0) continue
        figures.backlog.push(backlog)
        figures.both.push(both)
        figures.bare.push(alone)
      }
      const against = `a loop of INSERT and XADD, ${LANES} at a time`
      const unit = 'events/s'
      const note = `the same pool and client; median of ${ROUNDS} rounds of ${events} events in turn`
      const againstValue = median(figures.bare)
      return {
        comparisons: [
          {
            part: 'a backlog',
            value: median(figures.backlog),
            unit,
            against,
            againstValue,
            target: { atLeast: 1 },
            note: `${note}; from opening the relay on`,
          },
          {
            part: 'written and handed on',
            value: median(figures.both),
            unit,
            against,
            againstValue,
            note: `${note}; one event for each write, ${LANES} writes at a time`,
          },
        ],
        async close() {
          await writer.close()
          client.destroy()
          await pool.end()
        },
      }
    },
  },
]
