/** One of the processes of a stampede. */
import { setTimeout as wait } from 'node:timers/promises'
import { cached, open } from 'holdfast'
import { redisStore } from 'holdfast/redis'
import { z } from 'zod'
import { answerOrders } from './start.ts'

/** What it is to ask for, at once. */
export interface CallerOrder {
  readonly redisUrl: string
  readonly key: string
  readonly callers: number
  /** How long a load takes. */
  readonly loadMs: number
}

/** What came of it. */
export interface CallerReport {
  /** Loads that this process ran. */
  readonly loads: number
  readonly slowestMs: number
}

let loads = 0
let loadMs = 0
const slow = cached({
  key: 'slow:{id}',
  about: 'A value whose load takes a while.',
  value: z.string(),
  ttl: '1h',
  l1: { max: 100 },
  async load() {
    loads++
    await wait(loadMs)
    return 'loaded'
  },
})
const openState = (url: string) => open({ slow }, { store: redisStore({ url }) })
let state: ReturnType<typeof openState> | undefined

answerOrders(async (order: CallerOrder): Promise<CallerReport> => {
  const opened = await (state ??= openState(order.redisUrl))
  loads = 0
  loadMs = order.loadMs
  const startedMs = performance.now()
  const took = await Promise.all(
    Array.from({ length: order.callers }, async () => {
      await opened.slow.get({ id: order.key })
      return performance.now() - startedMs
    }),
  )
  return { loads, slowestMs: Math.max(...took) }
})
