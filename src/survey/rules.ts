import { parseEntry } from '../entry/entry.ts'
import { parseFenceEntry } from '../fence/entry.ts'
import type { Keyspace } from '../keyspace/keyspace.ts'
import { HEAD_LENGTH } from './port.ts'

/** The longest that the store may keep a key of `keyspace`, by its declaration; undefined when that says nothing. */
export function longestMs({ kind, details }: Keyspace): number | undefined {
  const number = (name: string): number | undefined => {
    const value = details[name]
    return typeof value === 'number' ? value : undefined
  }
  if (kind === 'lock') return number('leaseMs')
  if (kind === 'limiter') return number('periodMs')
  if (kind === 'topic' || kind === 'log') return number('historyMs')
  if (kind === 'session') return number('absoluteMs')
  // And the margin for calendars that differ.
  if (kind === 'denylist') return (number('longestMs') ?? 0) + 60_000
  const ttlMs = number('ttlMs')
  if (ttlMs === undefined) return undefined
  return ttlMs + Math.max(number('staleWhileRevalidateMs') ?? 0, number('staleIfErrorMs') ?? 0)
}

/** Whether what the store holds of it is as of a strong keyspace. */
function isStrong({ kind, details }: Keyspace): boolean {
  return kind === 'strong' || (kind === 'record' && details['on'] === 'truth')
}

/** Whether it is declared to stay for good. */
export function isForever({ details }: Keyspace): boolean {
  return details['ttlMs'] === null
}

/** Whether the store keeps it without an end, and must: the fence of a transaction. */
export function isFence(keyspace: Keyspace, head: string | null): boolean {
  return isStrong(keyspace) && head !== null && parseFenceEntry(head).kind === 'fence'
}

/** What the store keeps for these is no text. */
const NO_TEXT = ['flags', 'log', 'members', 'places', 'ranking', 'recent', 'session', 'topic']

/** Whether what begins with `head` is something that a key of `keyspace` may hold. */
export function isKnownFormat(keyspace: Keyspace, head: string | null): boolean {
  const { kind, details } = keyspace
  if (NO_TEXT.includes(kind) || (kind === 'limiter' && details['algorithm'] === 'sliding-log')) return true
  if (head === null) return false
  if (isStrong(keyspace)) return parseFenceEntry(head).kind !== 'unknown'
  switch (kind) {
    case 'cached':
    case 'query':
      // The first line may be longer than what was read of it: tags have no limit.
      return (
        parseEntry(head) !== undefined ||
        (head.length >= HEAD_LENGTH && parseEntry(`${head}\n`) !== undefined)
      )
    case 'limiter':
      return /^\d+(:\d+:\d+)?$/.test(head)
    case 'record':
      return /^\d+\n[a-z]/.test(head)
    case 'counter':
      return /^-?\d{1,19}$/.test(head)
    default:
      return true
  }
}
