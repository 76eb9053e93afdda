import { loadScript, type RedisCommands } from '../redis/commands.ts'
import { geohash, metresBetween, pointOf } from './geohash.ts'
import type {
  CollectionStore,
  CountStore,
  KeepMs,
  ListStore,
  PlaceStore,
  RankingStore,
  RecordStore,
  Scored,
  SetStore,
  StoredRecord,
  UniqueStore,
} from './port.ts'

const COUNT = loadScript(new URL('./count.lua', import.meta.url))
const SCORE = loadScript(new URL('./score.lua', import.meta.url))
const AROUND = loadScript(new URL('./around.lua', import.meta.url))
const REVISE = loadScript(new URL('./revise.lua', import.meta.url))
const INCLUDE = loadScript(new URL('./include.lua', import.meta.url))

/** Collections as Redis has them: strings, HyperLogLogs, sets, sorted sets, lists. `namespace` goes in front of every key. */
export function redisCollections(redis: RedisCommands, namespace: string): CollectionStore {
  return {
    now: (key) => redis.serverNow(namespace + key),
    clear: async (key) => (await redis.send<number>('clear', ['DEL', namespace + key])) > 0,
    counts: counts(redis, namespace),
    uniques: uniques(redis, namespace),
    sets: sets(redis, namespace),
    rankings: rankings(redis, namespace),
    places: places(redis, namespace),
    lists: lists(redis, namespace),
    records: records(redis, namespace),
  }
}

function counts(redis: RedisCommands, namespace: string): CountStore {
  return {
    async add(key, amount, keepMs) {
      const args = [String(amount), keepText(keepMs)]
      const count = await redis.run<string | null>(COUNT, [namespace + key], args)
      return count === null ? undefined : BigInt(count)
    },
    // They leave in one write, and may lie on several servers.
    read: (keys) =>
      Promise.all(
        keys.map(async (key) => {
          return BigInt((await redis.send<string | null>('readCount', ['GET', namespace + key])) ?? 0)
        }),
      ),
  }
}

function uniques(redis: RedisCommands, namespace: string): UniqueStore {
  return {
    async note(key, members, keepMs) {
      const name = namespace + key
      const commands = [['PFADD', name, ...members], keepCommand(name, keepMs)]
      const [changed] = await redis.transaction<number>('note', commands)
      return changed === 1
    },
    count: (keys) => redis.send<number>('countUnique', ['PFCOUNT', ...keys.map((key) => namespace + key)]),
  }
}

function sets(redis: RedisCommands, namespace: string): SetStore {
  return {
    async include(key, members, max, keepMs) {
      const args = [String(max), keepText(keepMs), ...members]
      const added = await redis.run<number>(INCLUDE, [namespace + key], args)
      return added < 0 ? undefined : added
    },
    exclude: (key, members) => redis.send<number>('exclude', ['SREM', namespace + key, ...members]),
    async has(key, members) {
      const flags = await redis.send<number[]>('has', ['SMISMEMBER', namespace + key, ...members])
      return flags.map((flag) => flag === 1)
    },
    count: (key) => redis.send<number>('countMembers', ['SCARD', namespace + key]),
    async page(key, from, most) {
      const args = ['SSCAN', namespace + key, from ?? '0', 'COUNT', String(most)]
      // As a set of RESP3 it may come, or as a list.
      const [next, members] = await redis.send<[string, Iterable<string>]>('listMembers', args)
      return { members: [...members], next: next === '0' ? undefined : next }
    },
  }
}

/** `score.lua` says why it changed nothing. */
const REFUSALS: Readonly<Record<number, 'full' | 'range'>> = { 1: 'full', 2: 'range' }

function rankings(redis: RedisCommands, namespace: string): RankingStore {
  return {
    async score(key, how, scores, { keepMs, max, drop, isExact }) {
      const pairs = scores.flatMap(({ member, score }) => [member, String(score)])
      const args = [how, String(max), drop ?? '', isExact ? '1' : '', keepText(keepMs), ...pairs]
      const [refused, ...after] = await redis.run<[number, ...(string | null)[]]>(
        SCORE,
        [namespace + key],
        args,
      )
      return REFUSALS[refused] ?? after.map((score) => (score === null ? undefined : Number(score)))
    },
    remove: (key, members) => redis.send<number>('removeScores', ['ZREM', namespace + key, ...members]),
    async scores(key, members) {
      const args = ['ZMSCORE', namespace + key, ...members]
      const scores = await redis.send<(number | null)[]>('readScores', args)
      return scores.map((score) => score ?? undefined)
    },
    count: (key) => redis.send<number>('countScores', ['ZCARD', namespace + key]),
    async slice(key, order, from, most) {
      const range = [String(from), String(from + most - 1), ...(order === 'highest' ? ['REV'] : [])]
      const args = ['ZRANGE', namespace + key, ...range, 'WITHSCORES']
      const pairs = await redis.send<[string, number][]>('sliceRanking', args)
      return pairs.map(([member, score]) => ({ member, score }))
    },
    async around(key, order, member, reach) {
      const args = [member, order, String(reach)]
      const found = await redis.run<[number, ...string[]] | null>(AROUND, [namespace + key], args)
      if (found === null) return undefined
      const [from, ...flat] = found
      const entries: Scored[] = []
      for (let index = 0; index < flat.length; index += 2)
        entries.push({ member: flat[index] ?? '', score: Number(flat[index + 1]) })
      return { from, entries }
    },
  }
}

/** Places as rankings by where they are. */
function places(redis: RedisCommands, namespace: string): PlaceStore {
  const { score, scores, remove, count } = rankings(redis, namespace)
  return {
    async put(key, placed, max, keepMs) {
      const cells = placed.map((place) => ({ member: place.member, score: geohash(place) }))
      return (await score(key, 'set', cells, { keepMs, max, drop: null, isExact: true })) !== 'full'
    },
    remove,
    async where(key, members) {
      return (await scores(key, members)).map((cell) => (cell === undefined ? undefined : pointOf(cell)))
    },
    count,
    async near(key, centre, metres, most) {
      const from = ['FROMLONLAT', String(centre.longitude), String(centre.latitude)]
      const within = ['BYRADIUS', String(metres), 'm', 'ASC', 'COUNT', String(most), 'WITHHASH']
      const args = ['GEOSEARCH', namespace + key, ...from, ...within]
      const found = await redis.send<[string, number][]>('near', args)
      return found.map(([member, cell]) => {
        const point = pointOf(cell)
        return { member, ...point, metres: metresBetween(centre, point) }
      })
    },
  }
}

function lists(redis: RedisCommands, namespace: string): ListStore {
  return {
    async push(key, texts, max, keepMs) {
      const name = namespace + key
      const [length = 0] = await redis.transaction<number>('push', [
        ['LPUSH', name, ...texts],
        ['LTRIM', name, '0', String(max - 1)],
        keepCommand(name, keepMs),
      ])
      return Math.min(length, max)
    },
    latest: (key, from, most) =>
      redis.send<string[]>('latest', ['LRANGE', namespace + key, String(from), String(from + most - 1)]),
    count: (key) => redis.send<number>('countList', ['LLEN', namespace + key]),
  }
}

function records(redis: RedisCommands, namespace: string): RecordStore {
  return {
    read: (keys) =>
      Promise.all(
        keys.map(async (key) => {
          return parseRecord(await redis.send<string | null>('readRecord', ['GET', namespace + key]))
        }),
      ),
    async revise(key, expected, text, keepMs) {
      const args = [expected === undefined ? '' : String(expected), keepText(keepMs), text ?? '']
      const revised = await redis.run<string | [string]>(REVISE, [namespace + key], args)
      return typeof revised === 'string' ? { version: Number(revised) } : { present: parseRecord(revised[0]) }
    },
  }
}

function parseRecord(document: string | null): StoredRecord | undefined {
  const end = document?.indexOf('\n') ?? -1
  if (document === null || end < 0) return undefined
  return { version: Number(document.slice(0, end)), text: document.slice(end + 1) }
}

function keepText(keepMs: KeepMs): string {
  return keepMs === null ? '' : String(keepMs)
}

/** What was declared with a ttl once and is kept for good now must lose it, or it would go all the same. */
function keepCommand(name: string, keepMs: KeepMs): string[] {
  return keepMs === null ? ['PERSIST', name] : ['PEXPIRE', name, String(keepMs)]
}
