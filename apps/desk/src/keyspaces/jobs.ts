import { queue } from 'holdfast'
import { z } from 'zod'
import { EndedTrade } from '../domain/events.ts'

/** Enqueued by the commit that ends an order, under the order's id. */
export const notify = queue({
  key: 'notify',
  about: 'Orders that ended, of which their users may want to be told.',
  job: EndedTrade,
  result: z.object({ isTold: z.boolean() }),
  attempts: 10,
  backoff: { first: '1s', most: '1m' },
  hardLimit: '20s',
  concurrency: 8,
  maxValueBytes: 16_384,
})

/** Enqueued by the commit that stores a signal, one for each agent that takes it. */
export const signalTrades = queue({
  key: 'signal-trades',
  about: 'Signals that an agent is to act on. Tried until the trade has an end, or the advice is too old.',
  job: z.object({ signalId: z.number(), agentId: z.string() }),
  result: z.object({ status: z.enum(['EXECUTED', 'FAILED', 'SKIPPED', 'ENDED_BEFORE']) }),
  // While a venue does not say what became of an order, for hours: by then a person was alerted.
  attempts: 1_000,
  backoff: { first: '1s', most: '30s' },
  hardLimit: '2m',
  concurrency: 8,
})

/** Added by its schedule, and each page by the one before it. */
export const agentRuns = queue({
  key: 'agent-runs',
  about: 'Each minute, page by page over all agents with money: what they are worth is noted, and ranked.',
  job: z.object({ at: z.iso.datetime(), after: z.string() }),
  result: z.object({ noted: z.number() }),
  attempts: 3,
  backoff: { first: '1s', most: '5s' },
  hardLimit: '50s',
  concurrency: 2,
  keepDone: '10m',
})
