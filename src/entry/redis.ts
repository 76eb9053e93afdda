import { loadScript, type RedisCommands } from '../redis/commands.ts'
import { formatTail } from './entry.ts'
import type { EntryStore } from './port.ts'

const CLAIM = loadScript(new URL('./claim.lua', import.meta.url))
const FILL = loadScript(new URL('./fill.lua', import.meta.url))
const RELEASE = loadScript(new URL('./release.lua', import.meta.url))
const PUT = loadScript(new URL('./put.lua', import.meta.url))

/** Entries as Redis strings. `namespace` goes in front of every key. */
export function redisEntries(redis: RedisCommands, namespace: string): EntryStore {
  return {
    now: () => redis.serverNow(),

    read: (key) => redis.send<string | null>('read', ['GET', namespace + key]),

    readMany: (keys) =>
      redis.send<(string | null)[]>('readMany', ['MGET', ...keys.map((key) => namespace + key)]),

    async claim(key, ticket, leaseMs) {
      return (await redis.run<number>(CLAIM, [namespace + key], [ticket, String(leaseMs)])) === 1
    },

    async fill(key, ticket, value, ageMs, keepMs) {
      const args = [ticket, String(Math.ceil(ageMs)), String(keepMs), formatTail(value)]
      return (await redis.run<number>(FILL, [namespace + key], args)) === 1
    },

    async release(key, ticket) {
      await redis.run<number>(RELEASE, [namespace + key], [ticket])
    },

    async put(key, token, value, keepMs) {
      await redis.run<number>(PUT, [namespace + key], [token, String(keepMs), formatTail(value)])
    },

    remove: (keys) => redis.send<number>('remove', ['DEL', ...keys.map((key) => namespace + key)]),
  }
}
