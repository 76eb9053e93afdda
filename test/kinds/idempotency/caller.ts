/** Another process in which many ask for one operation. It may die as its holder, at a given step. */
import { drizzle } from 'drizzle-orm/node-postgres'
import { sql } from 'drizzle-orm'
import { idempotency, open } from 'holdfast'
import { drizzleTruth } from 'holdfast/postgres'
import pg from 'pg'
import { z } from 'zod'
import type { Session } from '../strong/bank.ts'

/** What it is to do. */
export interface CallerOrder {
  readonly databaseUrl: string
  readonly key: string
  readonly callers: number
  /** Where holders die, as long as there are `deaths` left. */
  readonly dieAt: 'claimed' | 'changed' | 'stored' | 'committed' | 'never'
  readonly deaths: number
}

const { databaseUrl, key, callers, dieAt, deaths } = JSON.parse(process.argv[2] ?? '') as CallerOrder
const pool = new pg.Pool({ connectionString: databaseUrl, max: 8 })
pool.on('error', () => undefined)

/** Dies here, if it is this step, and its turn. */
async function step(name: CallerOrder['dieAt']): Promise<void> {
  if (name !== dieAt) return
  const { rowCount } = await pool.query(
    `INSERT INTO death SELECT $1, count(*) FROM death WHERE key = $1 HAVING count(*) < $2 ON CONFLICT DO NOTHING`,
    [key, deaths],
  )
  if (rowCount === 1) process.kill(process.pid, 'SIGKILL')
}

const truth = drizzleTruth<Session>(drizzle(pool))
const sale = idempotency({
  key: 'sale:{key}',
  about: 'x',
  value: z.object({ effect: z.string() }),
  ttl: '1h',
  lease: '1s',
})
const state = await open(
  { sale },
  {
    truth: {
      ...truth,
      async transaction(body, options) {
        const result = await truth.transaction(async (tx) => {
          const value = await body(tx)
          await step('stored')
          return value
        }, options)
        await step('committed')
        return result
      },
    },
  },
)
const answers = await Promise.all(
  Array.from({ length: callers }, () =>
    state.sale.run(
      { key },
      'sell 5',
      async (attempt) => {
        await step('claimed')
        return attempt.commit(async (tx) => {
          const { rows } = await tx.execute<{ id: string }>(
            sql`INSERT INTO effect (key) VALUES (${key}) RETURNING id::text AS id`,
          )
          await step('changed')
          return { effect: String(rows[0]?.id) }
        })
      },
      { wait: '30s' },
    ),
  ),
)
const results = [...new Set(answers.map(({ result }) => result.effect))]
process.stdout.write(
  `${JSON.stringify({ results, done: answers.filter(({ replayed }) => !replayed).length, callers })}\n`,
)
await state.close()
await pool.end()
