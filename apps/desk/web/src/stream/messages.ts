import type { Candle, DeskState, Interval, Price, Status } from '../api/shapes.ts'

/** What the desk sends, by type. */
export type ServerMessage =
  | { readonly type: 'ready'; readonly heartbeatMs: number }
  | { readonly type: 'subscribed'; readonly topics: readonly string[] }
  | { readonly type: 'pong' }
  | { readonly type: 'prices'; readonly prices: readonly Price[] }
  | { readonly type: 'state'; readonly state: DeskState }
  | { readonly type: 'status'; readonly status: Status }
  | CandleMessage
  | { readonly type: 'error'; readonly code: string; readonly detail: string }

/** The newest form of one candle. */
export interface CandleMessage {
  readonly type: 'candle'
  readonly chain: string
  readonly asset: string
  readonly interval: Interval
  readonly candle: Candle
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
