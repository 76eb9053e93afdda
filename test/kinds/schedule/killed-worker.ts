/** Another process that fires the ticks of a schedule as jobs, and does jobs, until it is killed. */
import { drizzle } from 'drizzle-orm/node-postgres'
import { memoryStore, open, queue, schedule } from 'holdfast'
import { drizzleTruth } from 'holdfast/postgres'
import { redisStore } from 'holdfast/redis'
import pg from 'pg'
import { z } from 'zod'

/** What it is to do. */
export interface KilledOrder {
  readonly databaseUrl: string
  readonly redis: { readonly url: string; readonly namespace: string } | undefined
}

const order = JSON.parse(process.argv[2] ?? '') as KilledOrder
const pool = new pg.Pool({ connectionString: order.databaseUrl, max: 4 })
pool.on('error', () => undefined)
const jobs = queue({
  key: 'kill-jobs',
  about: 'One job for each tick.',
  job: z.object({ tick: z.number() }),
  result: z.null(),
  attempts: 50,
  lease: '1s',
  concurrency: 5,
})
const beat = schedule({ key: 'kill-beat', about: 'x', every: '100ms', missed: 'all', mostMissed: 1_000 })
const state = await open(
  { jobs, beat },
  { truth: drizzleTruth(drizzle(pool)), store: order.redis ? redisStore(order.redis) : memoryStore() },
)
state.jobs.process(async ({ tick }, { id }) => {
  await state.write(async (tx) => {
    await state.jobs.once(tx, id, () => tx.execute(`INSERT INTO effect VALUES (${tick})`))
  })
  // Killed here, the job is done and not acknowledged.
  await new Promise((resolve) => setTimeout(resolve, 20))
  return null
})
state.beat.enqueue(state.jobs, (tick) => ({ tick: tick.getTime() }))
process.stdout.write('"ready"\n')
