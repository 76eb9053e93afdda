import type { ServerMessage } from '../live/wire.ts'

/** Reads a frame; undefined for one that is no message. Types that are unknown here pass, and find nobody. */
export function parseMessage(frame: unknown): ServerMessage | undefined {
  if (typeof frame !== 'string') return undefined
  try {
    const message: unknown = JSON.parse(frame)
    const isTyped = typeof message === 'object' && message !== null && 'type' in message
    return isTyped ? (message as ServerMessage) : undefined
  } catch {
    return undefined
  }
}
