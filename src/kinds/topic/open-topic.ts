import { setMaxListeners } from 'node:events'
import { json } from '../../codec/json.ts'
import { groupBy } from '../../core/group-by.ts'
import { ClosedError, DeclarationError, InvalidValueError } from '../../core/errors.ts'
import { freezeDeep } from '../../core/immutable.ts'
import { signals } from '../../core/signals.ts'
import { sealValue, unsealValue } from '../../entry/values.ts'
import type { KeyspaceContext } from '../../keyspace/context.ts'
import { wholeNumber } from '../../keyspace/spec.ts'
import type { Outlet } from '../../outbox/message.ts'
import { checkConsume, checkGroup } from './consume-options.ts'
import { startConsumer } from './consume.ts'
import type { TopicKeyspace } from './declare.ts'
import type { StoredEvent, TopicStore } from './port.ts'
import { parseSince, positionOf } from './position.ts'
import { subscription } from './subscription.ts'
import type { Topic, TopicEvent } from './topic.ts'
import { Watchers } from './watchers.ts'

/** A topic in use, and what its state tells it. */
export interface OpenedTopic<Id, Value> {
  readonly member: Topic<Id, Value>
  readonly outlet: Outlet
  /** The stream of `key` changed. */
  changed(key: string): void
  /** Any stream may have changed. */
  resumed(): void
  close(): Promise<void>
}

const MOST_HISTORY = 10_000
/** Of the ids of events. */
export const LONGEST_EVENT_ID = 128

/** Opens a declared topic on a store. */
export function openTopic<Id extends Readonly<Record<string, string>>, Value>(
  context: KeyspaceContext,
  keyspace: TopicKeyspace<Id, Value>,
  store: TopicStore,
): OpenedTopic<Id, Value> {
  const { name, clock, random, state } = context
  const { pattern, bounds } = keyspace
  const watchers = new Watchers()
  const closing = new AbortController()
  // One listener for each subscription: as many as there are.
  setMaxListeners(0, closing.signal)
  const keyOf = (id: Readonly<Record<string, string>>): string => {
    if (context.isClosed()) throw new ClosedError()
    return pattern.key(id)
  }
  /** The flag in front says how the rest is to be read. */
  const encode = (value: unknown): string => {
    // An event says something: there is none that is absent.
    const { flag, payload } = sealValue(name, keyspace, value ?? refuseNothing(name)).encoded
    return flag + payload
  }
  const parse = ({ seq, event, atMs, payload }: StoredEvent, line: string): TopicEvent<Value> | undefined => {
    const unsealed = unsealValue<Value>(
      // Version 0 is no version: whoever appended it may be older or newer, so it is checked.
      { schema: keyspace.schema, version: keyspace.version, codec: json },
      { flag: payload.slice(0, 1), payload: payload.slice(1), version: 0 },
    )
    if ('value' in unsealed && unsealed.value !== null) {
      const value = freezeDeep(unsealed.value as Value)
      return { id: event, seq, position: positionOf({ line, seq }), atMs, value }
    }
    const problem = 'problem' in unsealed ? unsealed.problem : 'is null'
    if (signals.badEntry.hasSubscribers)
      signals.badEntry.publish({ state, keyspace: name, key: positionOf({ line, seq }), problem })
    return undefined
  }
  const failed = (operation: string, error: unknown): void => {
    if (signals.storeFailure.hasSubscribers)
      signals.storeFailure.publish({ state, keyspace: name, operation, error })
  }

  const member: Topic<Id, Value> = {
    async publish(id, value, { eventId } = {}) {
      const key = keyOf(id)
      if (eventId !== undefined && !isEventId(eventId))
        throw new DeclarationError(
          `${name}.publish.eventId`,
          `is no text of 1 to ${LONGEST_EVENT_ID} characters`,
        )
      const event = eventId ?? random.token()
      const added = { event, payload: encode(value), mayRepeat: eventId !== undefined }
      const [seq = 0] = await store.append(key, [added], bounds, random.token())
      return { id: event, seq }
    },
    subscribe(id, { since = 'now', signal, onGap } = {}) {
      const key = keyOf(id)
      const place = parseSince(`${name}.subscribe.since`, since)
      const ended = signal ? AbortSignal.any([signal, closing.signal]) : closing.signal
      return subscription<Value>({
        key,
        store,
        watchers,
        clock,
        signal: ended,
        since: place,
        onGap,
        parse,
        failed,
      })
    },
    async history(id, most = 100) {
      const key = keyOf(id)
      const { line, events } = await store.latest(
        key,
        wholeNumber(`${name}.history.most`, most, MOST_HISTORY),
      )
      return events.flatMap((stored) => parse(stored, line) ?? [])
    },
    consume(id, group, handler, options = {}) {
      const key = keyOf(id)
      const rules = checkConsume(`${name}.consume`, group, handler, options)
      const { signal, onMissed } = options
      return startConsumer<Value>({
        ...rules,
        taker: { group, consumer: random.token(), idleMs: rules.idleMs },
        key,
        store,
        watchers,
        clock,
        signal: signal ? AbortSignal.any([signal, closing.signal]) : closing.signal,
        onMissed,
        handle: handler,
        parse: (stored, line) =>
          parse(stored, line) ?? { problem: 'it cannot be read: see holdfast:bad-entry' },
        failed,
      })
    },
    async buried(id, group, most = 100) {
      const key = keyOf(id)
      checkGroup(`${name}.buried.group`, group)
      const found = await store.buried(key, group, wholeNumber(`${name}.buried.most`, most, MOST_HISTORY))
      return found.map(({ event, seq, reason, attempts, payload }) => {
        return { id: event, seq, reason, attempts, payload: payload.slice(1) }
      })
    },
  }
  return {
    member,
    outlet: {
      kind: keyspace.kind,
      name: pattern.text,
      message: (id, value) => ({
        kind: keyspace.kind,
        name: pattern.text,
        key: keyOf(id),
        event: random.token(),
        payload: encode(value),
      }),
      async deliver(messages) {
        const line = random.token()
        await Promise.all(
          [...groupBy(messages, ({ key }) => key)].map(([key, ofKey]) => {
            const events = ofKey.map(({ event, payload }) => ({ event, payload, mayRepeat: true }))
            return store.append(key, events, bounds, line)
          }),
        )
        return []
      },
    },
    changed: (key) => watchers.changed(key),
    resumed: () => watchers.allChanged(),
    async close() {
      closing.abort(new ClosedError())
    },
  }
}

/** Whether it can be the id of an event. */
export function isEventId(eventId: unknown): eventId is string {
  return typeof eventId === 'string' && eventId !== '' && eventId.length <= LONGEST_EVENT_ID
}

function refuseNothing(name: string): never {
  throw new InvalidValueError(name, 'null and undefined are no events: an event says something')
}
