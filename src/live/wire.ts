/**
 * What goes over the wire, in JSON, whatever carries it. Imports nothing, so that a browser can have it.
 *
 *   client ── auth ──▶ ── subscribe ──▶ ── unsubscribe ──▶ ── ping ──▶
 *   server ◀── ready ── ◀── subscribed, error ── ◀── values | begun, events, gap ── ◀── pong ── ◀── closing
 */

/** What a client may say. A topic is a key, as in `trades:7`. */
export type ClientMessage =
  | { readonly type: 'auth'; readonly token: string }
  | {
      readonly type: 'subscribe'
      readonly topics: readonly string[]
      /** By topic: the position of the last event that the client has. */
      readonly since?: Readonly<Record<string, string>>
    }
  | { readonly type: 'unsubscribe'; readonly topics: readonly string[] }
  | { readonly type: 'ping' }

/** An event, as clients get it. */
export interface LiveEvent<Value> {
  /** Tells it from all others, also when it comes again. */
  readonly id: string
  /** Its place among the events of its topic: 1, 2, 3 … */
  readonly seq: number
  /** Where to go on from: the last event id of this topic. */
  readonly position: string
  /** Calendar time, ms since 1970. */
  readonly atMs: number
  readonly value: Value
}

/** Events that a client did not get and cannot get any more: see `Gap` of topics. */
export interface LiveGap {
  readonly reason: 'trimmed' | 'lost'
  readonly missed: number | null
  /** The number of the next event. */
  readonly next: number
}

/** What is wrong, for programs and in words. */
export interface LiveProblem {
  readonly code: string
  readonly detail: string
}

/** What a server says. */
export type ServerMessage =
  | { readonly type: 'ready'; readonly heartbeatMs: number }
  /** All that is followed now. `as`: what was asked for just now by another text than that of its messages. */
  | {
      readonly type: 'subscribed'
      readonly topics: readonly string[]
      readonly as?: Readonly<Record<string, string>>
    }
  /** What is the latest; with `all`, all that there is. */
  | {
      readonly type: 'values'
      readonly topic: string
      readonly all?: true
      readonly values: readonly unknown[]
    }
  /** Events come from `position` on. `snapshot`: the state that they change, where the topic has one. */
  | { readonly type: 'begun'; readonly topic: string; readonly position: string; readonly snapshot?: unknown }
  | { readonly type: 'events'; readonly topic: string; readonly events: readonly LiveEvent<unknown>[] }
  | ({ readonly type: 'gap'; readonly topic: string } & LiveGap)
  /** With `topic`: that one is not, or no longer, followed. */
  | ({ readonly type: 'error'; readonly topic?: string } & LiveProblem)
  | { readonly type: 'pong' }
  /** The connection ends, for the reason of a close code: where the transport has none itself. */
  | { readonly type: 'closing'; readonly code: number; readonly reason: string }

/** Why the server ends a connection: WebSocket close codes. */
export const CLOSE = {
  goingAway: { code: 1001, reason: 'the server stops' },
  unauthenticated: { code: 4401, reason: 'the token is not valid, or has expired' },
  authTimeout: { code: 4408, reason: 'no token came in time' },
  tooSlow: { code: 4413, reason: 'the client does not read fast enough' },
  tooMany: { code: 4429, reason: 'too many messages or connections' },
} as const

/** The codes of errors that the bridge itself answers with. `may` and `authenticate` may have their own. */
export const PROBLEMS = {
  malformed: 'MALFORMED_JSON',
  unknownMessage: 'UNKNOWN_MESSAGE',
  unauthenticated: 'UNAUTHENTICATED',
  unknownTopic: 'UNKNOWN_TOPIC',
  forbidden: 'FORBIDDEN',
  tooManyTopics: 'TOO_MANY_TOPICS',
  tooManyConnections: 'TOO_MANY_CONNECTIONS',
  unknownPosition: 'UNKNOWN_POSITION',
  unavailable: 'UNAVAILABLE',
} as const
