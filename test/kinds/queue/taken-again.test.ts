import { drizzle } from 'drizzle-orm/node-postgres'
import { systemClock, systemRandom } from 'holdfast'
import { drizzleTruth } from 'holdfast/postgres'
import { expect, onTestFinished, test } from 'vitest'
import type { Attempt, Outcome } from '../../../src/kinds/queue/port.ts'
import { postgresQueues } from '../../../src/kinds/queue/postgres.ts'
import { eventually } from '../../servers/eventually.ts'
import { poolForTests } from '../../servers/postgres.ts'

// A worker that could not renew is given its own job again, when nobody else was faster.

const pool = await poolForTests()

const rules = {
  attempts: 5,
  concurrency: 2,
  leaseMs: 600,
  rate: undefined,
  keepDoneMs: 60_000,
  keepDeadMs: 60_000,
  mostKept: 100,
}

test('the attempt before is lost, and the new one is kept alive until it is done', async () => {
  const real = drizzleTruth(drizzle(pool))
  let isCutOff = true
  let renewals = 0
  const truth: typeof real = {
    ...real,
    async query(session, statement, parameters) {
      if (statement.startsWith('UPDATE holdfast_job SET at')) {
        if (isCutOff) throw new Error('the connection was cut')
        renewals++
      }
      return real.query(session, statement, parameters)
    },
  }
  const queue = postgresQueues(truth, 'again', systemClock, systemRandom)('jobs', rules)
  await queue.start()
  onTestFinished(() => queue.close())
  const begun: { readonly attempt: Attempt; readonly end: (outcome: Outcome) => void }[] = []
  const worker = queue.work(
    (attempt) => new Promise((end) => begun.push({ attempt, end })),
    () => undefined,
  )
  onTestFinished(() => worker.abandon())
  await queue.add([{ id: 'one', payload: 'x', delayMs: 0, priority: 0 }])
  await eventually(() => begun.length === 2)
  isCutOff = false
  const [before, after] = begun
  expect([before?.attempt.number, after?.attempt.number]).toEqual([1, 2])
  expect([before?.attempt.lost.isLost, after?.attempt.lost.isLost]).toEqual([true, false])
  before?.end({ state: 'done', result: 'of the first' })
  // For longer than its lease.
  await eventually(() => renewals > 5)
  expect([begun.length, after?.attempt.lost.isLost]).toEqual([2, false])
  after?.end({ state: 'done', result: 'of the second' })
  await worker.drain()
  expect(await queue.find('one')).toMatchObject({ state: 'done', attempts: 2, result: 'of the second' })
})
