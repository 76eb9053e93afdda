import { createClient } from '@redis/client'
import { Queue, Worker } from 'bullmq'
import { open, queue } from 'holdfast'
import { redisStore } from 'holdfast/redis'
import { z } from 'zod'
import type { Row } from '../row.ts'

const CONCURRENCY = 50
const BATCH = 1_000
const ROUNDS = 5

/** Jobs a second from the first `add` of `jobs` until all of them are done. */
async function throughput(
  jobs: number,
  add: (batch: number) => Promise<unknown>,
  done: () => number,
): Promise<number> {
  const before = done()
  const startedMs = performance.now()
  for (let added = 0; added < jobs; added += BATCH) await add(Math.min(BATCH, jobs - added))
  while (done() - before < jobs) await new Promise((resolve) => setTimeout(resolve, 1))
  return jobs / ((performance.now() - startedMs) / 1_000)
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0

/** The row of queues. */
export const queueRows: readonly Row[] = [
  {
    row: 'queue',
    about: `jobs added in batches of ${BATCH} and done, ${CONCURRENCY} at a time, by one worker, through Redis`,
    async run({ redisUrl, isQuick }) {
      const jobs = isQuick ? 2_000 : 10_000
      const notify = queue({
        key: 'notify',
        about: 'Jobs that do nothing.',
        job: z.object({ user: z.string(), amount: z.number() }),
        result: z.object({ done: z.boolean() }),
        concurrency: CONCURRENCY,
        lease: '30s',
      })
      const state = await open({ notify }, { store: redisStore({ url: redisUrl, commandTimeout: '10s' }) })
      let ours = 0
      const worker = state.notify.process(async ({ amount }) => {
        ours++
        return { done: amount > 0 }
      })
      const client = createClient({ url: redisUrl, RESP: 2, commandOptions: { timeout: 0 } })
      await client.connect()
      const connection = client as never
      const bare = new Queue('bare', { connection, skipVersionCheck: true })
      let theirs = 0
      const bareWorker = new Worker(
        'bare',
        async (job: { data: { amount: number } }) => {
          theirs++
          return { done: job.data.amount > 0 }
        },
        { connection, concurrency: CONCURRENCY, skipVersionCheck: true },
      )
      const options = { attempts: 3, removeOnComplete: { age: 3_600, count: 10_000 }, stackTraceLimit: 1 }
      const job = { user: 'user-1', amount: 1 }
      const measured = { ours: [] as number[], theirs: [] as number[] }
      // The first round warms both up.
      for (let round = 0; round <= ROUNDS; round++) {
        const mine = await throughput(
          jobs,
          (batch) => state.notify.addMany(Array.from({ length: batch }, () => ({ job }))),
          () => ours,
        )
        const other = await throughput(
          jobs,
          (batch) =>
            bare.addBulk(Array.from({ length: batch }, () => ({ name: 'job', data: job, opts: options }))),
          () => theirs,
        )
        if (round === 0) continue
        measured.ours.push(mine)
        measured.theirs.push(other)
      }
      return {
        comparisons: [
          {
            value: median(measured.ours),
            unit: 'jobs/s',
            against: 'bare BullMQ',
            againstValue: median(measured.theirs),
            target: { atLeast: 0.85 },
            note: `BullMQ 6.7.0 on the same client and Redis, addBulk, the same concurrency; median of ${ROUNDS} rounds of ${jobs} in turn`,
          },
        ],
        async close() {
          await worker.abandon()
          await state.close()
          await bareWorker.close(true)
          await bare.close()
          client.destroy()
        },
      }
    },
  },
]
