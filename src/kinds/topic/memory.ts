import type { Clock } from '../../core/clock.ts'
import type { Listing } from '../../core/listing.ts'
import {
  BURIED_KEPT,
  type BuriedEvent,
  KNOWN_REPEATS,
  LINE_KEPT_MS,
  type StoredEvent,
  type StreamPage,
  type TakenEvent,
  type TopicStore,
} from './port.ts'

interface Given {
  atMs: number
  attempt: number
}

interface Group {
  /** The last number that was given to anybody. */
  last: number
  /** What is given and not settled, by its number. */
  readonly given: Map<number, Given>
  buried: BuriedEvent[]
}

interface Stream {
  line: string
  last: number
  /** Numbered without a gap. */
  events: StoredEvent[]
  /** In the order in which they came. */
  readonly repeats: Set<string>
  readonly groups: Map<string, Group>
  expiresMs: number
  forgottenMs: number
}

const SWEEP_EVERY_MS = 60_000

/** Topics in the memory of one process: the reference semantics. `changed` tells all who share the store. */
export function memoryTopics(
  clock: Clock,
  changed: (key: string) => void,
): TopicStore & { readonly listing: Listing } {
  const streams = new Map<string, Stream>()
  let sweptMs = clock.now()
  const sweep = (nowMs: number): void => {
    if (nowMs - sweptMs < SWEEP_EVERY_MS) return
    sweptMs = nowMs
    for (const [key, { forgottenMs }] of streams) if (forgottenMs <= nowMs) streams.delete(key)
  }
  const find = (key: string): Stream | undefined => {
    const stream = streams.get(key)
    if (!stream) return undefined
    const nowMs = clock.now()
    if (stream.forgottenMs <= nowMs) {
      streams.delete(key)
      return undefined
    }
    if (stream.expiresMs <= nowMs) stream.events = []
    return stream
  }
  const page = (key: string, choose: (stream: Stream) => StoredEvent[]): StreamPage => {
    const stream = find(key)
    return stream
      ? { line: stream.line, last: stream.last, events: choose(stream) }
      : { line: '', last: 0, events: [] }
  }
  return {
    async append(key, events, { maxLength, historyMs }, line) {
      const nowMs = clock.now()
      const atMs = clock.wall()
      sweep(nowMs)
      const stream: Stream = find(key) ?? {
        line,
        last: 0,
        events: [],
        repeats: new Set(),
        groups: new Map(),
        expiresMs: 0,
        forgottenMs: 0,
      }
      streams.set(key, stream)
      stream.expiresMs = nowMs + historyMs
      stream.forgottenMs = nowMs + historyMs + LINE_KEPT_MS
      const numbers = events.map(({ event, payload, mayRepeat }) => {
        if (mayRepeat && stream.repeats.has(event)) return 0
        stream.events.push({ seq: ++stream.last, event, atMs, payload })
        if (mayRepeat) stream.repeats.add(event)
        return stream.last
      })
      for (const event of stream.repeats) {
        if (stream.repeats.size <= KNOWN_REPEATS) break
        stream.repeats.delete(event)
      }
      const firstKept = stream.events.findIndex((event) => event.atMs > atMs - historyMs)
      const tooOld = firstKept < 0 ? stream.events.length : firstKept
      const tooMany = stream.events.length - maxLength
      if (Math.max(tooOld, tooMany) > 0) stream.events.splice(0, Math.max(tooOld, tooMany))
      changed(key)
      return numbers
    },
    read: async (key, after, most) =>
      page(key, ({ events }) => {
        const from = Math.max(0, after + 1 - (events[0]?.seq ?? 0))
        return events.slice(from, from + most)
      }),
    async take(key, { group: name, idleMs }, most) {
      const stream = find(key)
      if (!stream) return { line: '', missed: 0, events: [] }
      const group: Group = stream.groups.get(name) ?? { last: 0, given: new Map(), buried: [] }
      stream.groups.set(name, group)
      const nowMs = clock.now()
      const first = stream.events[0]?.seq ?? stream.last + 1
      const events: TakenEvent[] = []
      let missed = 0
      for (const [seq, given] of group.given) {
        if (events.length === most) break
        if (nowMs - given.atMs < idleMs) continue
        const event = stream.events[seq - first]
        if (event) {
          given.atMs = nowMs
          events.push({ ...event, attempt: ++given.attempt })
        } else {
          group.given.delete(seq)
          missed++
        }
      }
      for (const event of stream.events.slice(Math.max(0, group.last + 1 - first))) {
        if (events.length === most) break
        missed += event.seq - group.last - 1
        group.last = event.seq
        group.given.set(event.seq, { atMs: nowMs, attempt: 1 })
        events.push({ ...event, attempt: 1 })
      }
      return { line: stream.line, missed, events }
    },
    async keep(key, { group }, seq) {
      const given = find(key)?.groups.get(group)?.given.get(seq)
      if (given) given.atMs = clock.now()
    },
    async settle(key, group, seq) {
      find(key)?.groups.get(group)?.given.delete(seq)
    },
    async bury(key, name, seq, reason, attempts) {
      const stream = find(key)
      const group = stream?.groups.get(name)
      const event = stream?.events.find((each) => each.seq === seq)
      if (!group?.given.delete(seq) || !event) return
      group.buried = [...group.buried, { ...event, reason, attempts }].slice(-BURIED_KEPT)
    },
    buried: async (key, group, most) => (find(key)?.groups.get(group)?.buried ?? []).slice(-most),
    latest: async (key, most) => page(key, ({ events }) => events.slice(-most)),
    listing: {
      keys: () => streams.keys(),
      look(key) {
        const stream = find(key)
        const leftMs = (stream?.expiresMs ?? 0) - clock.now()
        return stream && leftMs > 0 ? { raw: JSON.stringify(stream.events), leftMs } : undefined
      },
    },
  }
}
