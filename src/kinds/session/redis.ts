import { loadScript, type RedisCommands } from '../../redis/commands.ts'
import {
  type Forwarded,
  type Replaced,
  type SessionBounds,
  type SessionStore,
  type StoredSession,
  useStepMs,
} from './port.ts'

const ADD = loadScript(new URL('./add.lua', import.meta.url))
const FIND = loadScript(new URL('./find.lua', import.meta.url))
const REPLACE = loadScript(new URL('./replace.lua', import.meta.url))
const RENAME = loadScript(new URL('./rename.lua', import.meta.url))
const FORWARD = loadScript(new URL('./forward.lua', import.meta.url))
const REMOVE = loadScript(new URL('./remove.lua', import.meta.url))
const REMOVE_ALL = loadScript(new URL('./remove-all.lua', import.meta.url))
const RESTAMP = loadScript(new URL('./restamp.lua', import.meta.url))
const LIST = loadScript(new URL('./list.lua', import.meta.url))

/** What scripts answer for one session: what it holds, its times and counts, the server's time; or where it is. */
type Found = readonly [data?: string, meta?: string, nowMs?: number]

/** Sessions as one Redis hash for each user. `namespace` goes in front of every key. */
export function redisSessions(redis: RedisCommands, namespace: string): SessionStore {
  const ends = ({ idleMs, absoluteMs }: SessionBounds): string[] => [String(idleMs), String(absoluteMs)]
  return {
    async add(key, { name, data, stamp }, bounds) {
      const args = [name, data, stamp, ...ends(bounds), String(bounds.most)]
      const [answer] = await redis.run<[number | string]>(ADD, [namespace + key], args)
      if (typeof answer === 'string') return { to: answer }
      return { name, data, stamp, bornMs: answer, seenMs: answer, nowMs: answer, revision: 0 }
    },
    async find(key, name, bounds, isUse) {
      const args = [name, ...ends(bounds), isUse ? String(useStepMs(bounds)) : '']
      return parseForwarded(name, await redis.run<Found>(FIND, [namespace + key], args))
    },
    replace: (key, name, data, revision, bounds) =>
      redis.run<Replaced>(
        REPLACE,
        [namespace + key],
        [name, data, revision === undefined ? '' : String(revision), ...ends(bounds)],
      ),
    async rename(key, name, next, data, bounds, isAnew) {
      const args = [name, next, ...ends(bounds), isAnew ? '1' : '', ...(data === undefined ? [] : [data])]
      return parse(next, await redis.run<Found>(RENAME, [namespace + key], args))
    },
    async remove(key, name, bounds) {
      return parse(name, await redis.run<Found>(REMOVE, [namespace + key], [name, ...ends(bounds)]))
    },
    async forward(key, name, to, from, bounds) {
      const args = [name, ...ends(bounds), to, from ?? '']
      return parseForwarded(name, await redis.run<Found>(FORWARD, [namespace + key], args))
    },
    restamp: async (key, name, stamp, bounds) =>
      (await redis.run<number>(RESTAMP, [namespace + key], [name, stamp, ...ends(bounds)])) === 1,
    removeAll: (key, kept, upTo, bounds) =>
      redis.run<number>(REMOVE_ALL, [namespace + key], [...ends(bounds), kept ?? '', upTo ?? '']),
    async list(key, bounds) {
      const [nowMs, ...rest] = await redis.run<[number, ...string[]]>(LIST, [namespace + key], ends(bounds))
      const found: StoredSession[] = []
      for (let index = 0; index < rest.length; index += 3) {
        const [name = '', data = '', meta = ''] = rest.slice(index, index + 3)
        const session = parse(name, [data, meta, nowMs])
        if (session) found.push(session)
      }
      return found.sort((a, b) => b.seenMs - a.seenMs || (a.name < b.name ? -1 : 1))
    },
  }
}

function parseForwarded(name: string, found: Found): StoredSession | Forwarded | undefined {
  return found.length === 1 ? { to: found[0] ?? '' } : parse(name, found)
}

function parse(name: string, [data, meta = '', nowMs = 0]: Found): StoredSession | undefined {
  if (data === undefined) return undefined
  const [bornMs, seenMs, revision, stamp = '0'] = meta.split(' ')
  return {
    name,
    data,
    stamp,
    bornMs: Number(bornMs),
    seenMs: Number(seenMs),
    revision: Number(revision),
    nowMs,
  }
}
