import { loadScript, type RedisCommands } from '../../redis/commands.ts'
import type { LimiterStore } from './port.ts'

const TAKE = loadScript(new URL('./take.lua', import.meta.url))

/** Limits as Redis strings. `namespace` goes in front of every key. */
export function redisLimits(redis: RedisCommands, namespace: string): LimiterStore {
  return {
    async take(key, limit, periodMs, cost) {
      const args = [String(limit), String(periodMs), String(cost)]
      const [allowed, remaining, retryAfterMs, resetMs] = await redis.run<[number, number, number, number]>(
        TAKE,
        [namespace + key],
        args,
      )
      return { allowed: allowed === 1, remaining, retryAfterMs, resetMs }
    },
  }
}
