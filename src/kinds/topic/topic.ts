import type { Duration } from '../../core/duration.ts'
import type { Immutable } from '../../core/immutable.ts'

/** An event, as subscribers get it. */
export interface TopicEvent<Value> {
  /** Tells it from all others, also when it comes again. */
  readonly id: string
  /** Its place among the events of its key: 1, 2, 3 … */
  readonly seq: number
  /** Where to go on from: what comes after it. */
  readonly position: string
  /** When it was appended: the store's calendar time, ms since 1970. */
  readonly atMs: number
  readonly value: Immutable<Value>
}

/**
 * Events that a subscriber did not get and cannot get any more.
 *
 * - `trimmed`: they were dropped before it read them, by the age or length of the declaration.
 * - `lost`: the store lost the stream, and numbers begin anew; or its end, and the last numbers are given again. How
 *   many there were is not known; `missed` is null.
 */
export interface Gap {
  readonly reason: 'trimmed' | 'lost'
  /** How many. */
  readonly missed: number | null
  /** The number of the next event that it gets. */
  readonly next: number
}

/** What a subscriber wants. */
export interface SubscribeOptions {
  /** `now`, the default: what comes after the call. `start`: all that is kept. Or the `position` of an event: what comes after it. */
  readonly since?: 'now' | 'start' | (string & {})
  /** Ends the subscription. */
  readonly signal?: AbortSignal
  /** Hears of events that are missing, before it gets the next one. Whoever needs them reads its source again. */
  readonly onGap?: (gap: Gap) => void
}

/** The events of one key, one after the other, as they come. To be iterated once. */
export interface Subscription<Value> extends AsyncIterable<TopicEvent<Value>> {
  /** Resolves once it is known from where on events come, with that position: a snapshot that is read now misses nothing. */
  readonly ready: Promise<string>
}

/** How a consumer works. */
export interface ConsumeOptions {
  /** Events that it works on at a time. Default 1: one after the other, in their order but for those that failed. */
  readonly concurrency?: number
  /** After so many tries an event is buried. Default 5. */
  readonly attempts?: number
  /** A handler that takes longer has failed; its signal is aborted. Default `30s`. */
  readonly timeout?: Duration
  /** The work of a consumer that is silent for so long, and a try that failed, are given to another. Default `30s`. */
  readonly claimAfter?: Duration
  /** Ends the consumer, as `stop` does. */
  readonly signal?: AbortSignal
  /** Hears of events that the group did not work on and that are not kept any more: how many. */
  readonly onMissed?: (count: number) => void
}

/** Does the work of one event. It may come again: after a failure, or when this process is taken for dead. */
export type EventHandler<Value> = (
  event: TopicEvent<Value>,
  work: { readonly attempt: number; readonly signal: AbortSignal },
) => unknown

/** A consumer at work. */
export interface Consumer {
  /** Takes no more, and resolves when what it works on is done. */
  stop(): Promise<void>
  /** Resolves when it has ended, for whatever reason. */
  readonly done: Promise<void>
}

/** An event that a group gave up. */
export interface Buried {
  readonly id: string
  readonly seq: number
  /** What the last try ended with. */
  readonly reason: string
  readonly attempts: number
  /** As it is stored: it may be that nobody could read it. */
  readonly payload: string
}

/** A topic in use. */
export interface Topic<Id, Value> {
  /**
   * Appends an event outside of transactions. Its number. What a transaction changed is told by `changes.emit`
   * instead, which cannot be forgotten.
   *
   * @throws InvalidIdError, InvalidValueError, ValueTooLargeError, ClosedError, and the store's errors. After
   * StoreTimeoutError it may have been appended: publish again with the same `eventId`.
   */
  publish(id: Id, value: Value, options?: PublishOptions): Promise<PublishedEvent>
  /** All that is appended to one key, to every subscriber. Waits out failures of the store. @throws InvalidIdError, ClosedError; DeclarationError for a position that is none */
  subscribe(id: Id, options?: SubscribeOptions): Subscription<Value>
  /** The last events of one key, the oldest first. At most `most`, 100 by default. Fails as the store does. */
  history(id: Id, most?: number): Promise<readonly TopicEvent<Value>[]>
  /**
   * Shares the events of one key among all consumers of a group, in all processes: each event is worked on by one of
   * them, at least once. A new group begins with all that is kept. @throws InvalidIdError, ClosedError,
   * DeclarationError
   */
  consume(id: Id, group: string, handler: EventHandler<Value>, options?: ConsumeOptions): Consumer
  /** The last events that a group gave up, at most `most`, 100 by default, the oldest first. Fails as the store does. */
  buried(id: Id, group: string, most?: number): Promise<readonly Buried[]>
}

/** How an event is published. */
export interface PublishOptions {
  /** The caller's own name of the event: one that comes again, as long as it is among the last 1,024, is left out. */
  readonly eventId?: string
}

/** What became of an event. */
export interface PublishedEvent {
  readonly id: string
  /** Its number; 0 when it was known already. */
  readonly seq: number
}
