import { wholeNumber } from '../keyspace/spec.ts'

/** Bounds of connections. Times in ms. */
export interface LiveLimits {
  /** A connection without a valid token is ended. */
  readonly authTimeoutMs: number
  /** So often a client is asked whether it is there. One that did not answer until the next time is gone. */
  readonly heartbeatMs: number
  /** So often tokens are checked again: those that were revoked meanwhile end their connections. */
  readonly lookAgainMs: number
  /** With more than this unsent, the latest values wait, and events queue. */
  readonly pauseAtBytes: number
  /** Paused for this long without catching up: the connection is ended. */
  readonly tooSlowAfterMs: number
  /** With more than this unsent, the connection is ended at once. */
  readonly mostUnsentBytes: number
  /** Events that wait for one connection; with more it is ended. */
  readonly mostQueuedEvents: number
  /** The same, in characters of their messages. */
  readonly mostQueuedBytes: number
  /** Messages that a client may send in one heartbeat. */
  readonly messagesPerHeartbeat: number
  readonly largestMessageBytes: number
  /** Topics that one connection follows at a time. */
  readonly mostTopics: number
  readonly mostConnections: number
  /** Of one user, as `authenticate` tells them apart. */
  readonly mostConnectionsOfOne: number
}

/** What holds unless told otherwise. */
export const LIVE_LIMITS: LiveLimits = {
  authTimeoutMs: 5_000,
  heartbeatMs: 30_000,
  lookAgainMs: 5_000,
  pauseAtBytes: 256 * 1_024,
  tooSlowAfterMs: 10_000,
  mostUnsentBytes: 1_024 * 1_024,
  mostQueuedEvents: 1_000,
  mostQueuedBytes: 1_024 * 1_024,
  messagesPerHeartbeat: 120,
  largestMessageBytes: 16 * 1_024,
  mostTopics: 50,
  mostConnections: 1_000,
  mostConnectionsOfOne: 20,
}

const MOST = 2 ** 30

/** The limits, with those of `chosen`. @throws DeclarationError naming the one that is no whole number */
export function checkLimits(chosen: Partial<LiveLimits> = {}): LiveLimits {
  for (const [name, value] of Object.entries(chosen)) wholeNumber(`limits.${name}`, value, MOST)
  return { ...LIVE_LIMITS, ...chosen }
}
