import { open, strong } from 'holdfast'
import { pgTruth } from 'holdfast/postgres'
import { redisStore } from 'holdfast/redis'
import pg from 'pg'
import { z } from 'zod'
import { concurrently, type Figure, measure } from '../measure.ts'
import type { Comparison, Row } from '../row.ts'
import type { Session } from '../truth.ts'

const ACCOUNTS = 3_000
const KEYS = 3
const CONCURRENCY = 20

const SCHEMA = `DROP TABLE IF EXISTS bench_account;
  CREATE TABLE bench_account (id text PRIMARY KEY, amount bigint NOT NULL, version int NOT NULL);
  INSERT INTO bench_account SELECT i::text, 0, 0 FROM generate_series(0, ${ACCOUNTS - 1}) AS i`
const UPDATE = `UPDATE bench_account SET amount = amount + 1, version = version + 1 WHERE id = $1
  RETURNING id, amount::text, version`

interface Account {
  readonly id: string
  readonly amount: string
  readonly version: number
}

async function loadAll(ids: readonly string[], tx: Session): Promise<ReadonlyMap<string, Account>> {
  const { rows } = await tx.query<Account>(
    'SELECT id, amount::text, version FROM bench_account WHERE id = ANY ($1)',
    [ids],
  )
  return new Map(rows.map((row) => [row.id, row]))
}

const account = strong({
  key: 'account:{id}',
  about: 'A balance.',
  value: z.object({ id: z.string(), amount: z.string(), version: z.number() }),
  row: true,
  load: async ({ id }, tx: Session) => (await loadAll([id], tx)).get(id),
  async loadMany(ids: readonly { readonly id: string }[], tx: Session) {
    const rows = await loadAll(
      ids.map(({ id }) => id),
      tx,
    )
    return ids.map(({ id }) => rows.get(id))
  },
})

/** The three accounts of the nth write: no two writes at a time share one. */
function idsOf(write: number): { id: string }[] {
  return Array.from({ length: KEYS }, (_, place) => ({ id: String((write * KEYS + place) % ACCOUNTS) }))
}

/** The rows of writes. */
export const writeRows: readonly Row[] = [
  {
    row: 'write.overhead',
    about: `a write that puts ${KEYS} strong keys beside the bare transaction, fsync on`,
    needs: 'postgres',
    async run({ redisUrl, postgresUrl }) {
      const pool = new pg.Pool({ connectionString: postgresUrl, max: CONCURRENCY + 4 })
      await pool.query(SCHEMA)
      const truth = pgTruth(pool)
      const state = await open({ account }, { store: redisStore({ url: redisUrl }), truth })
      let next = 0
      const update = async (tx: Session, ids: readonly { id: string }[]): Promise<void> => {
        for (const { id } of ids) await tx.query(UPDATE, [id])
      }
      const writeWith = (options?: { readonly ack: 'commit' }) => () => {
        const ids = idsOf(next++)
        return state.write(async (tx, changes) => {
          for (const id of ids) changes.put(account, id)
          await update(tx, ids)
        }, options)
      }
      const [write, acknowledged] = [writeWith(), writeWith({ ack: 'commit' })]
      const bare = () => {
        const ids = idsOf(next++)
        return truth.transaction((tx) => update(tx, ids))
      }
      const at = (concurrency: number) => ({
        ours: concurrently(concurrency, write),
        commit: concurrently(concurrency, acknowledged),
        bare: concurrently(concurrency, bare),
      })
      const works = at(CONCURRENCY)
      const alone = await measure(at(1))
      const together = await measure(works)
      const latencyMs = ({ perSecond }: Figure): number => 1_000 / perSecond
      const against = 'the bare transaction'
      const compared = (how: string, side: 'ours' | 'commit'): Comparison[] => [
        {
          part: `${how}, alone`,
          value: latencyMs(alone[side]),
          unit: 'ms',
          against,
          againstValue: latencyMs(alone.bare),
          target: { atMost: 1.3 },
          note: `BEGIN, ${KEYS} UPDATE … RETURNING, COMMIT by pg`,
        },
        {
          part: `${how}, ${CONCURRENCY} at a time`,
          value: together[side].perSecond,
          unit: 'writes/s',
          against,
          againstValue: together.bare.perSecond,
          target: { atLeast: 0.8 },
          note: `${together[side].cpuMicros.toFixed(0)} µs against ${together.bare.cpuMicros.toFixed(0)} µs of client CPU each`,
        },
      ]
      return {
        comparisons: [...compared('default', 'ours'), ...compared("ack: 'commit'", 'commit')],
        ours: works.ours,
        async close() {
          await state.close()
          await pool.end()
        },
      }
    },
  },
]
