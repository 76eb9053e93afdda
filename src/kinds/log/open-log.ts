import type { CollectionStore } from '../../collection/port.ts'
import { groupBy } from '../../core/group-by.ts'
import { ClosedError, DeclarationError, InvalidValueError } from '../../core/errors.ts'
import { parseDuration } from '../../core/duration.ts'
import { signals } from '../../core/signals.ts'
import type { KeyspaceContext } from '../../keyspace/context.ts'
import type { OutboxMessage } from '../../outbox/message.ts'
import type { Truth } from '../../truth.ts'
import { isEventId, LONGEST_EVENT_ID, openTopic } from '../topic/open-topic.ts'
import type { TopicStore } from '../topic/port.ts'
import type { TopicEvent } from '../topic/topic.ts'
import { startArchiver } from './archiver.ts'
import { SendBuffer } from './buffer.ts'
import { lineCounts } from './counts.ts'
import type { LogKeyspace } from './declare.ts'
import { LEVELS, lineOf, type StoredLine } from './line.ts'
import type { Log, LogEntry, LogFilter } from './log.ts'

/** What a log stands on. */
export interface LogGround<Session> {
  readonly topics: TopicStore
  readonly collections: CollectionStore
  readonly truth: Truth<Session> | undefined
}

/** A log in use, and what its state tells it. */
export interface OpenedLog<Id> {
  readonly member: Log<Id>
  changed(key: string): void
  resumed(): void
  close(): Promise<void>
}

/** A line on its way to the store. */
interface Written<Id> {
  readonly id: Id
  readonly line: StoredLine
  readonly message: OutboxMessage
}

/** Opens a declared log on a store: a topic of lines, and counts beside it. */
export function openLog<Id extends Readonly<Record<string, string>>, Session>(
  context: KeyspaceContext,
  keyspace: LogKeyspace<Id>,
  { topics, collections, truth }: LogGround<Session>,
): OpenedLog<Id> {
  const { name, state, clock } = context
  const lines = openTopic<Id, StoredLine>(context, keyspace.lines, topics)
  const counts = lineCounts(context, keyspace, collections)
  const closing = new AbortController()
  const failed = (operation: string, error: unknown): void => {
    if (signals.storeFailure.hasSubscribers)
      signals.storeFailure.publish({ state, keyspace: name, operation, error })
  }
  const lost = (reason: 'buffer' | 'store', count: number): void => {
    if (signals.logLoss.hasSubscribers) signals.logLoss.publish({ state, keyspace: name, reason, count })
  }
  const buffer = new SendBuffer<Written<Id>>({
    clock,
    max: keyspace.maxBuffered,
    async deliver(written) {
      await lines.outlet.deliver(written.map(({ message }) => message))
      // They are there: what a count misses is not told again, or they would come twice.
      const byKey = groupBy(written, ({ message }) => message.key)
      await Promise.allSettled(
        [...byKey.values()].map(async (ofKey) => {
          const [first] = ofKey
          if (!first) return
          const each = ofKey.map(({ line }) => line)
          await counts.add(first.id, each).catch((error: unknown) => failed('countLines', error))
        }),
      )
    },
    dropped: (count) => lost('buffer', count),
    failed: (error) => failed('append', error),
  })
  const keyOf = (id: Id): string => {
    if (context.isClosed()) throw new ClosedError()
    return keyspace.pattern.key(id)
  }

  const member: Log<Id> = {
    write(id, line, eventId) {
      const stored = lineOf(name, line, Math.floor(clock.wall()), keyspace.maxLineBytes)
      // PostgreSQL, where it may be carried, stores no NUL.
      if (eventId !== undefined && (!isEventId(eventId) || eventId.includes('\0')))
        throw new InvalidValueError(
          name,
          `the id of a line is a text of 1 to ${LONGEST_EVENT_ID} characters, none of them NUL`,
        )
      const message = lines.outlet.message(id, stored)
      buffer.add({
        id,
        line: stored,
        message: eventId === undefined ? message : { ...message, event: eventId },
      })
    },
    async flush() {
      if (context.isClosed()) throw new ClosedError()
      await buffer.flush()
    },
    tail(id, { since = 'now', signal, onGap, ...filter } = {}) {
      const subscription = lines.member.subscribe(id, {
        since,
        ...(signal && { signal }),
        ...(onGap && { onGap }),
      })
      return { ready: subscription.ready, [Symbol.asyncIterator]: () => entries(subscription, filter) }
    },
    async history(id, most, filter = {}) {
      const found = await lines.member.history(id, most)
      return found.map(entryOf).filter((entry) => fits(entry, filter))
    },
    counts: async (id, which) => counts.read(id, which),
    archive(id, { keep = '30d', every = '5s', signal } = {}) {
      const key = keyOf(id)
      if (!truth)
        throw new DeclarationError(`${name}.archive`, 'carries lines to PostgreSQL: give open a truth')
      return startArchiver({
        key,
        topics,
        truth,
        clock,
        keepMs: parseDuration(keep, `${name}.archive.keep`, 60_000),
        everyMs: parseDuration(every, `${name}.archive.every`, 10),
        signal: signal ? AbortSignal.any([signal, closing.signal]) : closing.signal,
        lost: (count) => lost('store', count),
        failed: (error) => failed('archive', error),
      })
    },
  }
  return {
    member,
    changed: (key) => lines.changed(key),
    resumed: () => lines.resumed(),
    async close() {
      closing.abort(new ClosedError())
      await Promise.all([buffer.close(), lines.close()])
    },
  }
}

async function* entries(
  events: AsyncIterable<TopicEvent<StoredLine>>,
  filter: LogFilter,
): AsyncGenerator<LogEntry, void, undefined> {
  for await (const event of events) {
    const entry = entryOf(event)
    if (fits(entry, filter)) yield entry
  }
}

function entryOf({ id, seq, position, value }: TopicEvent<StoredLine>): LogEntry {
  const { atMs, module, level, message, fields = {}, isCut = false } = value
  return { id, seq, position, atMs, module, level, message, fields, isCut }
}

function fits(entry: LogEntry, { module, level = 'trace' }: LogFilter): boolean {
  const isBadEnough = LEVELS.indexOf(entry.level) >= LEVELS.indexOf(level)
  return isBadEnough && (module === undefined || entry.module === module)
}
