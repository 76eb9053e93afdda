import { loadScript, type RedisCommands } from '../../redis/commands.ts'
import type { LockStore } from './port.ts'

const RELEASE = loadScript(new URL('./release.lua', import.meta.url))

/** Locks as Redis strings that hold their owner. `namespace` goes in front of every key. */
export function redisLocks(redis: RedisCommands, namespace: string): LockStore {
  return {
    async acquire(key, owner, leaseMs) {
      const args = ['SET', namespace + key, owner, 'NX', 'PX', String(leaseMs)]
      return (await redis.send<'OK' | null>('acquire', args)) === 'OK'
    },

    async release(key, owner) {
      return (await redis.run<number>(RELEASE, [namespace + key], [owner])) === 1
    },
  }
}
