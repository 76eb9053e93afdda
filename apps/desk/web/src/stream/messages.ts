import type { Candle, DeskState, Interval, Price, Status } from '../api/shapes.ts'

/** What the desk sends, by type. */
export type ServerMessage =
  | { readonly type: 'ready'; readonly heartbeatMs: number }
  | { readonly type: 'subscribed'; readonly topics: readonly string[] }
  | { readonly type: 'pong' }
  | { readonly type: 'prices'; readonly prices: readonly Price[] }
  | { readonly type: 'state'; readonly state: DeskState }
  | { readonly type: 'status'; readonly status: Omit<Status, 'demo'> }
  | CandlesMessage
  | AccountMessage
  | { readonly type: 'error'; readonly code: string; readonly detail: string }

/** The latest candles of a chart in their newest form, oldest first, without a hole. See `extendTail`. */
export interface CandlesMessage {
  readonly type: 'candles'
  readonly chain: string
  readonly asset: string
  readonly interval: Interval
  readonly candles: readonly Candle[]
}

/** Something of the signed-in person's changed; what it is now is asked for. */
export interface AccountMessage {
  readonly type: 'account'
  readonly version: number
  readonly agents: readonly string[]
}

/** What the dashboard sends. */
export type ClientMessage =
  | { readonly type: 'auth'; readonly token: string }
  | { readonly type: 'subscribe' | 'unsubscribe'; readonly topics: readonly string[] }
  | { readonly type: 'ping' }

/** Reads a frame; null for one that is not a message. Unknown types pass and find no listener. */
export function parseMessage(frame: unknown): ServerMessage | null {
  if (typeof frame !== 'string') return null
  try {
    const message: unknown = JSON.parse(frame)
    const typed = typeof message === 'object' && message !== null && 'type' in message
    return typed ? (message as ServerMessage) : null
  } catch {
    return null
  }
}
