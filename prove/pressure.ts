import { ask, infoField } from './servers/redis-pair.ts'
import type { World } from './world.ts'

const EVERY_MS = 500
/** Less than what comes next: the rest must go. */
const ROOM_BYTES = 20_000
const FILL = `for n = 1, 50 do
  redis.call('SET', 'filler:' .. math.random(1e9), string.rep('x', 1000), 'PX', 10000)
end`

/** What Redis counted itself, of all the servers that were the primary. */
export interface RedisCounts {
  evicted: number
  /** Bounded by the length of the run. */
  readonly intervals: RedisInterval[]
}

/** Look-ups of keys that Redis counted between two moments, nanoseconds. */
export interface RedisInterval {
  readonly from: number
  readonly to: number
  readonly hits: number
  readonly misses: number
}

/** Keeps the primary short of memory, so that it evicts all the time, and adds up what it counts. */
export function pressOn(world: World): { counts: RedisCounts; stop(): Promise<void> } {
  const counts: RedisCounts = { evicted: 0, intervals: [] }
  let last: { run: string | undefined; at: number; evicted: number; hits: number; misses: number } | undefined
  let isBusy = false
  const round = async (): Promise<void> => {
    const port = await world.redis.primaryPort()
    const info = await ask<string>(port, ['INFO', 'everything'])
    const field = (name: string): number => Number(infoField(info, name) ?? 0)
    const now = {
      run: infoField(info, 'run_id'),
      at: Number(process.hrtime.bigint()),
      evicted: field('evicted_keys'),
      hits: field('keyspace_hits'),
      misses: field('keyspace_misses'),
    }
    if (last && last.run === now.run) {
      counts.evicted += now.evicted - last.evicted
      counts.intervals.push({
        from: last.at,
        to: now.at,
        hits: now.hits - last.hits,
        misses: now.misses - last.misses,
      })
    }
    const isNew = last?.run !== now.run
    last = now
    if (isNew) for (let n = 0; n < 12; n++) await ask(port, ['EVAL', FILL, '0'])
    await ask(port, [
      'CONFIG',
      'SET',
      'maxmemory',
      String(field('used_memory') + ROOM_BYTES + (isNew ? 650_000 : 0)),
    ])
    await ask(port, ['EVAL', FILL, '0'])
  }
  const timer = setInterval(() => {
    if (isBusy) return
    isBusy = true
    void round()
      .catch(() => undefined)
      .finally(() => (isBusy = false))
  }, EVERY_MS)
  return {
    counts,
    async stop() {
      clearInterval(timer)
      await ask(await world.redis.primaryPort(), ['CONFIG', 'SET', 'maxmemory', '0'])
    },
  }
}
