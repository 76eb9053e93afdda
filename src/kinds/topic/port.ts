/** An event that is about to be appended. */
export interface NewEvent {
  /** Tells it from all others, also when it comes again. */
  readonly event: string
  readonly payload: string
  /** It may have come before: then it is left out. */
  readonly mayRepeat: boolean
}

/** An event of a stream. */
export interface StoredEvent {
  /** The place in its stream: 1, 2, 3 … without a gap. */
  readonly seq: number
  readonly event: string
  /** When it was appended: the store's calendar time, ms since 1970. */
  readonly atMs: number
  readonly payload: string
}

/** An event that a group was given to work on. */
export interface TakenEvent extends StoredEvent {
  /** How often it was given to somebody, this time included. */
  readonly attempt: number
}

/** What a consumer was given. */
export interface Taken {
  readonly line: string
  readonly events: readonly TakenEvent[]
  /** Events that were given to somebody, or to nobody yet, and are not kept any more. */
  readonly missed: number
}

/** An event that nobody could work on, and why. */
export interface BuriedEvent extends StoredEvent {
  readonly reason: string
  readonly attempts: number
}

/** Who takes, and how. */
export interface Taker {
  readonly group: string
  readonly consumer: string
  /** What was given to somebody, and not kept alive or settled for so long, may be given to another. */
  readonly idleMs: number
}

/** What a stream keeps, at least as long as nothing says otherwise. */
export interface StreamBounds {
  readonly maxLength: number
  readonly historyMs: number
}

/** A part of a stream, as it is at one moment. */
export interface StreamPage {
  /**
   * Names the run of sequence numbers. Another one when the store lost the stream: then they begin anew. Empty for a
   * stream that never had an event.
   */
  readonly line: string
  /** The number of the last event ever appended; 0 for none. */
  readonly last: number
  readonly events: readonly StoredEvent[]
}

/**
 * Events of this many repeats are recognised: the latest that may repeat, of each stream. A relay has at most one batch
 * of 500 under way, and the one that takes over from it another.
 */
export const KNOWN_REPEATS = 1_024

/** So many buried events are kept, of each group and key, and for so long after the last. */
export const BURIED_KEPT = 1_000
/** See `BURIED_KEPT`. */
export const BURIED_KEPT_MS: number = 30 * 86_400_000

/** How much longer than its events a stream's numbers are remembered. */
export const LINE_KEPT_MS: number = 7 * 86_400_000

/**
 * Where the events of topics are kept: a stream for each key. Memory and Redis implement it; one conformance suite
 * holds them to it. Every change of a stream is told as a change of its key.
 *
 * Every method may reject with StoreUnavailableError, StoreTimeoutError or StoreRefusedError.
 */
export interface TopicStore {
  /**
   * Appends events, all or none, in their order, and drops what is beyond the bounds. `line` names a stream that has
   * no numbers yet. The number of each; 0 for one that is known already.
   */
  append(
    key: string,
    events: readonly NewEvent[],
    bounds: StreamBounds,
    line: string,
  ): Promise<readonly number[]>

  /** The events after the number `after`, at most `most`. */
  read(key: string, after: number, most: number): Promise<StreamPage>

  /** The last events, at most `most`, in their order. */
  latest(key: string, most: number): Promise<StreamPage>

  /**
   * Gives events to a consumer, at most `most`: first those that were given to somebody who neither kept them alive nor
   * settled them for `idleMs`, then new ones. A group that is new begins with all that is kept.
   */
  take(key: string, taker: Taker, most: number): Promise<Taken>

  /** What was given is being worked on: it is not to be given to another. */
  keep(key: string, taker: Taker, seq: number): Promise<void>

  /** The work on an event is done. */
  settle(key: string, group: string, seq: number): Promise<void>

  /** The work on an event is given up: it is kept apart, with the reason, if it is still given to somebody. */
  bury(key: string, group: string, seq: number, reason: string, attempts: number): Promise<void>

  /** The last events that a group gave up, at most `most`, the oldest first. */
  buried(key: string, group: string, most: number): Promise<readonly BuriedEvent[]>
}
