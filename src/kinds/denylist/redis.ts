import { loadScript, type RedisCommands } from '../../redis/commands.ts'
import type { DenylistStore } from './port.ts'

const DENY = loadScript(new URL('./deny.lua', import.meta.url))

/** What is denied, as Redis strings. `namespace` goes in front of every key. */
export function redisDenylist(redis: RedisCommands, namespace: string): DenylistStore {
  return {
    async deny(key, keepMs) {
      await redis.run(DENY, [namespace + key], [String(Math.ceil(keepMs))])
    },
    isDenied: async (key) => (await redis.send<number>('isDenied', ['EXISTS', namespace + key])) === 1,
  }
}
