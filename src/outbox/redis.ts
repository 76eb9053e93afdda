import { loadScript, type RedisCommands } from '../redis/commands.ts'
import { HINT_KEY, type OutboxStore } from './port.ts'

const ADVANCE = loadScript(new URL('./advance.lua', import.meta.url))
/** Longer than anything is retained that could be sent again. */
const MARK_KEPT_MS = 30 * 86_400_000
const HINT_KEPT_MS = 60_000

/** Hints and marks as Redis strings. `namespace` goes in front of every key. */
export function redisOutbox(redis: RedisCommands, namespace: string): OutboxStore {
  return {
    async ring() {
      await redis.send('ring', ['SET', namespace + HINT_KEY, '1', 'PX', String(HINT_KEPT_MS)])
    },
    advance: (lane, from, to) =>
      redis.run<string>(ADVANCE, [`${namespace}~o:mark:${lane}`], [from, to, String(MARK_KEPT_MS)]),
  }
}
