import { z } from 'zod'

/** Topics that one connection may follow at a time. */
export const MOST_TOPICS = 50

const Topics = z.array(z.string().max(200)).min(1).max(MOST_TOPICS)

/** What a client may send. */
export const ClientMessage = z.discriminatedUnion('type', [
  z.object({ type: z.literal('auth'), token: z.string().max(4_096) }),
  z.object({ type: z.literal('subscribe'), topics: Topics }),
  z.object({ type: z.literal('unsubscribe'), topics: Topics }),
  z.object({ type: z.literal('ping') }),
])

/** What a client may send. */
export type ClientMessage = z.infer<typeof ClientMessage>

/** Why the server ends a connection: WebSocket close codes. */
export const CLOSE = {
  goingAway: { code: 1001, reason: 'the desk stops' },
  unauthenticated: { code: 4401, reason: 'the token is not valid, or has expired' },
  authTimeout: { code: 4408, reason: 'no token came in time' },
  tooSlow: { code: 4413, reason: 'the client does not read fast enough' },
  tooMany: { code: 4429, reason: 'too many messages or connections' },
} as const

/** A message that cannot be understood, in words. */
export interface BadMessage {
  readonly code: 'MALFORMED_JSON' | 'UNKNOWN_MESSAGE'
  readonly detail: string
}

/** Reads what a client sent. */
export function parseMessage(text: string): ClientMessage | BadMessage {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return { code: 'MALFORMED_JSON', detail: 'The message is not valid JSON.' }
  }
  const parsed = ClientMessage.safeParse(json)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const field = issue?.path.join('.') ?? ''
  const known = ClientMessage.options.map(({ shape }) => shape.type.value).join(', ')
  const detail =
    field === 'type' || field === ''
      ? `type must be one of: ${known}.`
      : `${field}: ${issue?.message ?? 'is not accepted'}.`
  return { code: 'UNKNOWN_MESSAGE', detail }
}
