import { loadScript, type RedisCommands } from '../../redis/commands.ts'
import type { ScheduleStore } from './port.ts'

const LOOK = loadScript(new URL('./look.lua', import.meta.url))
const MOVE = loadScript(new URL('./move.lua', import.meta.url))
const PAUSE = loadScript(new URL('./pause.lua', import.meta.url))

/** Schedules as Redis strings. `namespace` goes in front of every key. */
export function redisSchedules(redis: RedisCommands, namespace: string): ScheduleStore {
  return {
    start: async () => undefined,
    async look(key) {
      const [last, paused, now] = await redis.run<[string, string, string]>(LOOK, [namespace + key], [])
      return { lastMs: Number(last), isPaused: paused === '1', nowMs: Number(now) }
    },
    move: async (key, fromMs, toMs) =>
      (await redis.run<number>(MOVE, [namespace + key], [String(fromMs), String(toMs)])) === 1,
    async setPaused(key, isPaused) {
      await redis.run(PAUSE, [namespace + key], [isPaused ? '1' : '0'])
    },
  }
}
