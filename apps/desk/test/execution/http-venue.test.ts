import { createServer, type RequestListener } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import type { Executor, Order } from '../../src/execution/executor.ts'
import { httpVenue, VenueError } from '../../src/execution/http-venue.ts'

const { signal } = new AbortController()
const FILLED = {
  state: 'filled',
  orderId: 'v-1',
  price: '150.00',
  baseAmount: '0.50',
  quoteAmount: '75',
  fee: '0.075',
  slippageBps: 3,
  priceImpact: '0',
  at: '2026-11-21T08:00:00.000Z',
}
const ORDER: Order = {
  clientOrderId: 'id/with ?#',
  side: 'sell',
  chain: 'solana',
  asset: 'So1',
  quote: 'USDC',
  amount: '0.5',
  decimals: 9,
  quoteDecimals: 6,
  reference: { price: '150', seq: 1, eventTime: 1 },
  maxSlippageBps: 50,
}

/** A venue that does what a test says. */
async function venueThat(answer: RequestListener): Promise<Executor> {
  const server = createServer(answer)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return httpVenue(`http://127.0.0.1:${(server.address() as AddressInfo).port}/base/`, 1_000)
}

const answering = (status: number, body: unknown) =>
  venueThat((_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(typeof body === 'string' ? body : JSON.stringify(body))
  })

test('orders, questions and cancellations go where they should, ids encoded', async () => {
  const seen: unknown[] = []
  const venue = await venueThat((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (part: string) => (body += part))
    request.on('end', () => {
      seen.push([request.method, request.url, body])
      response.end(JSON.stringify(FILLED))
    })
  })
  const { price: _price, baseAmount: _base, ...rest } = FILLED
  const filled = { ...rest, price: '150', baseAmount: '0.5' }
  expect(await venue.execute(ORDER, signal)).toEqual(filled)
  expect(await venue.find(ORDER.clientOrderId, signal)).toEqual(filled)
  expect(await venue.cancel(ORDER.clientOrderId, signal)).toEqual(filled)
  expect(seen).toEqual([
    ['POST', '/base/orders', JSON.stringify(ORDER)],
    ['GET', '/base/orders/id%2Fwith%20%3F%23', ''],
    ['POST', '/base/orders/id%2Fwith%20%3F%23/cancel', ''],
  ])
})

test('only a question may be answered with 404: the order has not arrived', async () => {
  const venue = await answering(404, {})
  expect(await venue.find('x', signal)).toBeNull()
  await expect(venue.execute(ORDER, signal)).rejects.toBeInstanceOf(VenueError)
  await expect(venue.cancel('x', signal)).rejects.toBeInstanceOf(VenueError)
})

test.each([
  ['an error of its own', 500, FILLED],
  ['a redirection', 302, FILLED],
  ['success of another kind', 202, FILLED],
  ['no JSON', 200, '<html>'],
  ['half of it', 200, '{"state":"fil'],
  ['nothing', 200, ''],
  ['another state', 200, { state: 'pending' }],
  ['a price of zero', 200, { ...FILLED, price: '0' }],
  ['a price below zero', 200, { ...FILLED, price: '-150' }],
  ['an amount as a number', 200, { ...FILLED, baseAmount: 0.5 }],
  ['an amount in exponents', 200, { ...FILLED, quoteAmount: '7.5e1' }],
  ['a fee below zero', 200, { ...FILLED, fee: '-1' }],
  ['no time', 200, { ...FILLED, at: 'yesterday' }],
  ['more than any execution is', 200, { ...FILLED, orderId: 'x'.repeat(70_000) }],
])('%s is no answer: what became of the order is not known', async (_what, status, body) => {
  const venue = await answering(status, body)
  await expect(venue.execute(ORDER, signal)).rejects.toThrow()
  await expect(venue.find('x', signal)).rejects.toThrow()
})

test('a venue that is silent is left when its time is up', async () => {
  const venue = await venueThat(() => undefined)
  const abort = new AbortController()
  const executing = venue.execute(ORDER, abort.signal)
  abort.abort(new Error('time is up'))
  await expect(executing).rejects.toThrow('time is up')
})

test('a venue that is not there', async () => {
  await expect(httpVenue('http://127.0.0.1:1', 1_000).execute(ORDER, signal)).rejects.toThrow()
})
