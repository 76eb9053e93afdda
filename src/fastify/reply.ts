import type { Refusal } from '../web/problem.ts'

/** What of a request is used. */
export interface FastifyRequest {
  readonly method: string
  readonly url: string
  readonly body: unknown
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
}

/** What of a reply is used. */
export interface FastifyReply {
  code(status: number): unknown
  header(name: string, value: string): unknown
  send(payload?: unknown): unknown
}

/** Sends a refusal. What it returns ends the request. */
export function answer(reply: FastifyReply, { status, headers, body }: Refusal): unknown {
  for (const [name, value] of Object.entries(headers)) reply.header(name, value)
  reply.code(status)
  // Bytes: a text would be made JSON once more by routes that have a schema.
  return reply.send(Buffer.from(body))
}
