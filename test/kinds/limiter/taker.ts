/** Another process that takes as much as it can, by each algorithm and by borrowing, for as long as it is told. */
import { type Clock, limiter, open, systemClock, systemRandom } from 'holdfast'
import { redisStore } from 'holdfast/redis'

/** What it is to do. */
export interface TakerOrder {
  readonly redis: { readonly url: string; readonly namespace: string }
  /** Of each limiter, at the least. */
  readonly takes: number
  readonly leastMs: number
}

/** What one limiter answered, and when on the host's calendar it was asked first and last. */
export interface TakerReport {
  readonly name: 'even' | 'logged' | 'hot'
  readonly allowed: number
  readonly denied: number
  readonly firstMs: number
  readonly lastMs: number
}

const { redis, takes, leastMs } = JSON.parse(process.argv[2] ?? '') as TakerOrder
const rate = { about: 'x', rate: '50/1s', onStoreDown: 'deny' } as const
const keyspaces = {
  even: limiter({ ...rate, key: 'even:{id}' }),
  logged: limiter({ ...rate, key: 'logged:{id}', algorithm: 'sliding-log' }),
  hot: limiter({ ...rate, key: 'hot:{id}', borrow: 0.1 }),
}
/** Its calendar jumps by up to an hour each time that it is looked at. */
const clock: Clock = {
  ...systemClock,
  wall: () => systemClock.wall() + (systemRandom.float() * 2 - 1) * 3_600_000,
}
const state = await open(keyspaces, { store: redisStore(redis), clock })

async function takeAll(name: TakerReport['name']): Promise<TakerReport> {
  let [allowed, denied] = [0, 0]
  const firstMs = Date.now()
  const lane = async (): Promise<void> => {
    while (denied === 0 || allowed + denied < takes || Date.now() < firstMs + leastMs)
      if ((await state[name].take({ id: '1' })).allowed) allowed++
      else denied++
  }
  await Promise.all(Array.from({ length: 10 }, lane))
  return { name, allowed, denied, firstMs, lastMs: Date.now() }
}

const reports = await Promise.all((['even', 'logged', 'hot'] as const).map(takeAll))
process.stdout.write(`${JSON.stringify(reports)}\n`)
await state.close()
