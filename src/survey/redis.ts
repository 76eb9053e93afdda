import { StoreRefusedError } from '../core/errors.ts'
import type { EntryKeys } from '../entry/keys.ts'
import type { RedisCommands, RedisNode } from '../redis/commands.ts'
import { HEAD_LENGTH, type SeenKey, type StoredName, type SurveyStore } from './port.ts'

/** Slots of the server's table that one step looks at: some tens of microseconds of its time. */
const STEP = 250

/** Surveys of Redis: SCAN on every primary, and a few plain reads for each key, in pipelines of one step. */
export function redisSurvey(redis: RedisCommands, namespace: string, keys: EntryKeys): SurveyStore {
  const lookAt = async (name: string, isMeasured: boolean): Promise<SeenKey | null> => {
    const key = namespace + name
    const [ttlMs, head, bytes] = await Promise.all([
      redis.send<number>('surveyTtl', ['PTTL', key]),
      unlessRefused(redis.send<string>('surveyHead', ['GETRANGE', key, '0', String(HEAD_LENGTH - 1)])),
      isMeasured ? unlessRefused(redis.send<number | null>('surveySize', ['MEMORY', 'USAGE', key])) : null,
    ])
    return ttlMs === -2 ? null : { ttlMs: ttlMs < 0 ? null : ttlMs, head, bytes }
  }
  return {
    async *pages() {
      const nodes = redis.primaries()
      for (const [index, node] of nodes.entries()) {
        const isPresent = presentPlaces(node, namespace)
        let cursor = '0'
        do {
          const args = ['SCAN', cursor, 'MATCH', `${namespace}*`, 'COUNT', String(STEP)]
          const [next, found] = await node.send<[string, string[]]>('survey', args)
          cursor = next
          // Slots of a Cluster have a table each, through which the cursor leads in another way.
          const within = cursor === '0' ? 1 : nodes.length > 1 ? 0 : shareOf(cursor)
          const names = await Promise.all(
            found.map((each) => nameOf(each.slice(namespace.length), each, keys, isPresent)),
          )
          yield { names, share: (index + within) / nodes.length }
        } while (cursor !== '0')
      }
    },

    look: (names, measured) =>
      Promise.all(names.map((name, index) => lookAt(name, measured[index] ?? false))),
  }
}

async function nameOf(
  name: string,
  redisKey: string,
  keys: EntryKeys,
  isPresent: (nonce: string) => Promise<boolean>,
): Promise<StoredName> {
  if (!name.startsWith('~')) return { part: 'plain', key: name, name }
  const rest = name.slice(3)
  switch (name.slice(0, 3)) {
    case '~t:':
      return { part: 'ticket', key: keys.parse(redisKey)?.key ?? rest, name }
    case '~g:':
      return { part: 'mark', key: rest, name }
    case '~o:':
      return { part: 'mark', key: rest, name }
    case '~e:':
    case '~w:': {
      const whole = redisKey.replace(/^([^:]*:)~[ew]:/, '$1~t:')
      return { part: 'token', key: keys.parse(whole)?.key ?? rest, name }
    }
    case '~d:': {
      const whole = redisKey.replace(/^([^:]*:)~d:/, '$1~t:').replace(/:[^:]*$/, '')
      return { part: 'token', key: keys.parse(whole)?.key ?? rest, name }
    }
    case '~c:':
    case '~n:':
      return { part: 'tally', key: rest, name }
    case '~f:':
    case '~q:':
      // As for tickets: the lock's key, or the whole of it as a hash tag.
      return {
        part: 'token',
        key: keys.parse(redisKey.replace(/^([^:]*:)~[fq]:/, '$1~t:'))?.key ?? rest,
        name,
      }
    case '~s:': {
      const end = rest.indexOf(':')
      const key = rest.slice(end + 1)
      if (!(await isPresent(rest.slice(0, end)))) return { part: 'past', key, name }
      return { part: key === '~mark' ? 'mark' : 'strong', key, name }
    }
    default:
      return { part: 'unknown', key: name, name }
  }
}

/** Whether the epoch of a nonce is the present one: that has its mark, the others lost theirs. Asked once for each. */
function presentPlaces(node: RedisNode, namespace: string): (nonce: string) => Promise<boolean> {
  const known = new Map<string, Promise<boolean>>()
  return (nonce) => {
    const asked =
      known.get(nonce) ??
      node
        .send<string | null>('surveyEpoch', ['GET', `${namespace}~s:${nonce}:~mark`])
        .then((mark) => mark === nonce)
    known.set(nonce, asked)
    return asked
  }
}

/**
 * How far a cursor has come, 0 to 1. Redis counts it up from its highest bit: read backwards, it is the place in the
 * table, whatever its size.
 */
export function shareOf(cursor: string): number {
  let backwards = 0
  let weight = 0.5
  for (let bits = BigInt(cursor); bits > 0n; bits >>= 1n) {
    if (bits & 1n) backwards += weight
    weight /= 2
  }
  return backwards
}

/** What the server may refuse for one key: it is of another type, or nobody may ask that. */
async function unlessRefused<Reply>(reply: Promise<Reply>): Promise<Reply | null> {
  try {
    return await reply
  } catch (error) {
    if (error instanceof StoreRefusedError) return null
    throw error
  }
}
