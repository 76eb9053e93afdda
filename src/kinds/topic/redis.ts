import { loadScript, type RedisCommands } from '../../redis/commands.ts'
import {
  BURIED_KEPT,
  BURIED_KEPT_MS,
  KNOWN_REPEATS,
  LINE_KEPT_MS,
  type StoredEvent,
  type StreamPage,
  type TopicStore,
} from './port.ts'

const APPEND = loadScript(new URL('./append.lua', import.meta.url))
const TAKE = loadScript(new URL('./take.lua', import.meta.url))
const BURY = loadScript(new URL('./bury.lua', import.meta.url))

type Entry = readonly [id: string, fields: readonly string[]]

/** Topics as Redis streams. `namespace` goes in front of every key. */
export function redisTopics(redis: RedisCommands, namespace: string): TopicStore {
  const stream = (key: string): string => namespace + key
  // In the slot of the stream, as a ticket is in that of its entry. A pattern's literals cannot hold `~`.
  const beside = (mark: string, key: string): string =>
    key.includes('{') ? `${namespace}~${mark}:${key}` : `${namespace}~${mark}:{${namespace}${key}}`
  const page = async (key: string, range: readonly string[]): Promise<StreamPage> => {
    const [line, entries] = await redis.transaction<unknown>('readTopic', [
      ['HMGET', beside('e', key), 'line', 'seq'],
      range,
    ])
    const [name, last] = line as readonly [string | null, string | null]
    return { line: name ?? '', last: Number(last ?? 0), events: (entries as readonly Entry[]).map(readEntry) }
  }
  return {
    async append(key, events, { maxLength, historyMs }, line) {
      const bounds = [maxLength, historyMs, historyMs + LINE_KEPT_MS, KNOWN_REPEATS].map(String)
      const each = events.flatMap(({ event, mayRepeat, payload }) => [event, mayRepeat ? '1' : '0', payload])
      const keys = [stream(key), beside('e', key), beside('w', key)]
      return redis.run<number[]>(APPEND, keys, [line, ...bounds, ...each])
    },
    read: (key, after, most) => page(key, ['XRANGE', stream(key), `(${after}`, '+', 'COUNT', String(most)]),
    async latest(key, most) {
      const found = await page(key, ['XREVRANGE', stream(key), '+', '-', 'COUNT', String(most)])
      return { ...found, events: found.events.toReversed() }
    },
    async take(key, { group, consumer, idleMs }, most) {
      const keys = [stream(key), beside('e', key)]
      const args = [group, consumer, String(idleMs), String(most)]
      const [line, missed, taken] = await redis.run<[string, number, [string, number, string[]][]]>(
        TAKE,
        keys,
        args,
      )
      const events = taken.map(([id, attempt, fields]) => ({ ...readEntry([id, fields]), attempt }))
      return { line, missed, events }
    },
    async keep(key, { group, consumer }, seq) {
      // JUSTID: it is no further attempt.
      await redis.send('keep', ['XCLAIM', stream(key), group, consumer, '0', `${seq}-0`, 'JUSTID'])
    },
    async settle(key, group, seq) {
      await redis.send('settle', ['XACK', stream(key), group, `${seq}-0`])
    },
    async bury(key, group, seq, reason, attempts) {
      const keys = [stream(key), `${beside('d', key)}:${group}`]
      const kept = [BURIED_KEPT, BURIED_KEPT_MS].map(String)
      await redis.run(BURY, keys, [group, String(seq), reason, String(attempts), ...kept])
    },
    async buried(key, group, most) {
      const name = `${beside('d', key)}:${group}`
      const args = ['XREVRANGE', name, '+', '-', 'COUNT', String(most)]
      const entries = await redis.send<readonly Entry[]>('buried', args)
      return entries.toReversed().map(([, fields]) => {
        const [, , , , , , , seq = '0', , reason = '', , attempts = '0'] = fields
        return { ...readEntry([`${seq}-0`, fields]), reason, attempts: Number(attempts) }
      })
    },
  }
}

function readEntry([id, fields]: Entry): StoredEvent {
  const [, event = '', , at = '0', , payload = ''] = fields
  return { seq: Number(id.slice(0, id.indexOf('-'))), event, atMs: Number(at), payload }
}
