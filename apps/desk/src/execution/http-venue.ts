/**
 * Executes orders at a venue that speaks JSON over HTTP:
 *
 *   POST /orders              an `Order`; the answer is its `Execution`, the first one for a known clientOrderId
 *   GET  /orders/{id}         its `Execution`, or 404
 *   POST /orders/{id}/cancel  its `Execution`: `cancelled` from now on, if it had not arrived
 *
 * Anything but such an answer (another status, a broken body, silence) is "not known" and rejects. Nothing is sent
 * twice here.
 */
import { z } from 'zod'
import * as decimal from '../domain/decimal.ts'
import type { Execution, Executor } from './executor.ts'

/** The venue answered with something that is no answer. What became of the order is not known. */
export class VenueError extends Error {
  constructor(problem: string, options?: ErrorOptions) {
    super(problem, options)
    this.name = 'VenueError'
  }
}

const amount = (least: 'above zero' | 'zero or more') =>
  z.string().transform((text, context) => {
    try {
      const value = decimal.parse(text)
      if (decimal.sign(value) >= (least === 'above zero' ? 1 : 0)) return decimal.format(value)
    } catch (error) {
      if (!(error instanceof decimal.DecimalError)) throw error
    }
    const message = `${JSON.stringify(text.slice(0, 40))} is no amount of ${least}`
    context.addIssue({ code: 'custom', message })
    return z.NEVER
  })
const Answer: z.ZodType<Execution> = z.discriminatedUnion('state', [
  z.object({
    state: z.literal('filled'),
    orderId: z.string().min(1).max(200),
    price: amount('above zero'),
    baseAmount: amount('above zero'),
    quoteAmount: amount('above zero'),
    fee: amount('zero or more'),
    slippageBps: z.int(),
    priceImpact: amount('zero or more'),
    at: z.iso.datetime(),
  }),
  z.object({ state: z.enum(['rejected', 'cancelled']), reason: z.string().max(1_000) }),
])

const LARGEST_ANSWER_BYTES = 64 * 1_024

/** Executes at the venue with this base URL. */
export function httpVenue(url: string, deadlineMs: number): Executor {
  const base = url.replace(/\/+$/, '')
  const ask = async (method: 'GET' | 'POST', path: string, signal: AbortSignal, body?: unknown) => {
    const response = await fetch(base + path, {
      method,
      signal,
      redirect: 'error',
      headers: {
        accept: 'application/json',
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    return { status: response.status, text: await bounded(response) }
  }
  const orders = (clientOrderId: string): string => `/orders/${encodeURIComponent(clientOrderId)}`
  return {
    name: 'http-venue',
    deadlineMs,
    execute: async (order, signal) => executionOf(await ask('POST', '/orders', signal, order)),
    async find(clientOrderId, signal) {
      const answer = await ask('GET', orders(clientOrderId), signal)
      return answer.status === 404 ? null : executionOf(answer)
    },
    cancel: async (clientOrderId, signal) =>
      executionOf(await ask('POST', `${orders(clientOrderId)}/cancel`, signal)),
    close: async () => undefined,
  }
}

function executionOf({ status, text }: { readonly status: number; readonly text: string }): Execution {
  if (status !== 200) throw new VenueError(`the venue answered with status ${status}`)
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    throw new VenueError('the venue answered with something that is no JSON', { cause: error })
  }
  const parsed = Answer.safeParse(json)
  if (!parsed.success)
    throw new VenueError(`the venue's answer cannot be read: ${z.prettifyError(parsed.error)}`)
  return parsed.data
}

async function bounded(response: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength
    if (bytes > LARGEST_ANSWER_BYTES)
      throw new VenueError('the venue answered with more than any execution is')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
