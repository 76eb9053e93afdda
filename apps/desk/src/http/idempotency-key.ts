import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { DeskError } from '../domain/desk-error.ts'

const LONGEST_KEY = 128
/** What can be seen in ASCII, but for the quotes and the backslash of HTTP's own strings. */
const KEY = /^[\x21\x23-\x5b\x5d-\x7e]+$/

/** For the API's document; the header itself is read by `idempotencyKeyOf`, which says more when it is missing. */
export const IdempotencyHeader = z.object({
  'idempotency-key': z
    .string()
    .optional()
    .describe('Required. New for each order, the same for each retry of it.'),
})

/**
 * The key that a client gave its request, so that sending it again does not do it again. With or without the quotes
 * that the IETF's draft asks for: `"8e03978e"` and `8e03978e` are one key.
 *
 * @throws DeskError IDEMPOTENCY_KEY_REQUIRED for none; IDEMPOTENCY_KEY_INVALID
 */
export function idempotencyKeyOf(request: FastifyRequest): string {
  const header = request.headers['idempotency-key']
  // Node joins a repeated header with commas: two keys are none.
  const text = (Array.isArray(header) ? header.join(',') : (header ?? '')).trim()
  if (text === '') {
    throw new DeskError(
      'IDEMPOTENCY_KEY_REQUIRED',
      'Send an Idempotency-Key header: any text that is new for each trade and the same for each retry of it.',
    )
  }
  const quoted = /^"(.*)"$/.exec(text)
  const key = quoted?.[1] ?? text
  if (KEY.test(key) && key.length <= LONGEST_KEY) return key
  throw new DeskError(
    'IDEMPOTENCY_KEY_INVALID',
    `An Idempotency-Key has 1 to ${LONGEST_KEY} visible ASCII characters, without quotes, backslashes and spaces.`,
  )
}
