import { idempotency, open } from 'holdfast'
import { redisStore } from 'holdfast/redis'
import pg from 'pg'
import { z } from 'zod'
import { concurrently, measure } from '../measure.ts'
import type { Row } from '../row.ts'
import { countingStatements, pgTruth, type Session } from '../truth.ts'

const CONCURRENCY = 8

const BEGIN = `INSERT INTO holdfast_idempotency AS known (key, fingerprint, expires_at)
  VALUES ($1, $2, clock_timestamp() + interval '1 day')
  ON CONFLICT (key) DO UPDATE SET fingerprint = excluded.fingerprint, flag = NULL, payload = NULL,
    begun_at = clock_timestamp(), expires_at = excluded.expires_at
  WHERE known.expires_at <= clock_timestamp()
  RETURNING key`
const COMPLETE = `UPDATE holdfast_idempotency SET flag = coalesce(flag, 'j'), payload = coalesce(payload, $2)
  WHERE key = $1 RETURNING key`

/** The rows of idempotency, which lives in PostgreSQL: its round trips are statements. */
export const idempotencyRows: readonly Row[] = [
  {
    row: 'idempotency',
    about: `an operation is begun and completed in one transaction, ${CONCURRENCY} at a time, fsync on`,
    needs: 'postgres',
    async run({ redisUrl, postgresUrl }) {
      const request = idempotency({
        key: 'request:{id}',
        about: 'An operation that must not happen twice.',
        value: z.object({ done: z.boolean() }),
        ttl: '1d',
      })
      const pool = new pg.Pool({ connectionString: postgresUrl, max: CONCURRENCY })
      const truth = pgTruth(pool)
      const counted = countingStatements(truth)
      const state = await open({ request }, { store: redisStore({ url: redisUrl }), truth: counted.truth })
      await pool.query('TRUNCATE holdfast_idempotency')
      const run = `${process.pid}-${Date.now()}`
      const both = async (tx: Session, id: string): Promise<void> => {
        await state.request.begin(tx, { id }, 'fingerprint')
        await state.request.complete(tx, { id }, { done: true })
      }
      const byHandBoth = async (tx: Session, key: string): Promise<void> => {
        await tx.query(BEGIN, [key, 'fingerprint'])
        await tx.query(COMPLETE, [key, '{"done":true}'])
      }
      let next = 0
      const works = {
        ours: concurrently(CONCURRENCY, () => truth.transaction((tx) => both(tx, `${run}-${next++}`))),
        byHand: concurrently(CONCURRENCY, () =>
          truth.transaction((tx) => byHandBoth(tx, `hand:${run}-${next++}`)),
        ),
      }
      const of = (part: string, call: (tx: Session) => Promise<unknown>) =>
        truth.transaction(async (tx) => {
          const before = counted.count()
          await call(tx)
          const value = counted.count() - before
          return { part, value, unit: 'statements', against: 'one', target: { atMost: 1 } }
        })
      const id = { id: `${run}-counted` }
      const begin = await of('begin', (tx) => state.request.begin(tx, id, 'fingerprint'))
      const complete = await of('complete', (tx) => state.request.complete(tx, id, { done: true }))
      const { ours, byHand } = await measure(works)
      return {
        comparisons: [
          begin,
          complete,
          {
            part: 'throughput',
            value: ours.perSecond,
            unit: 'operations/s',
            against: 'the same statements by hand',
            againstValue: byHand.perSecond,
            target: { atLeast: 0.9 },
            note: 'BEGIN, INSERT … ON CONFLICT, UPDATE, COMMIT by pg with parameters',
          },
        ],
        ours: works.ours,
        async close() {
          await state.close()
          await pool.end()
        },
      }
    },
  },
]
