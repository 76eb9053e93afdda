// A venue for tests, in a process of its own: it outlives whoever trades with it, and its ledger is what counts.
// Plain JavaScript, because the oldest supported Node runs nothing else. Prints its URL when it is ready.
//
//   POST /orders, GET /orders/{id}, POST /orders/{id}/cancel   as `http-venue.ts` says
//   POST /behaviour   how orders are answered from now on (see `behave`)
//   POST /release     lets in the orders that were kept out by `late`
//   GET  /ledger      { "fills": […], "received": […], "asked": n }
import { createServer } from 'node:http'

/** What became of each order, for ever, by its id. */
const executions = new Map()
const fills = []
const received = []
const late = []
let asked = 0
let behaviour = 'fill'

const server = createServer((request, response) => void serve(request, response))

async function serve(request, response) {
  const body = await read(request)
  const [, first, id, action] = (request.url ?? '').split('/')
  const route = `${request.method} /${first}${id === undefined ? '' : '/id'}${action === undefined ? '' : `/${action}`}`
  const answer = (status, value) => {
    const text = typeof value === 'string' ? value : JSON.stringify(value)
    response
      .writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) })
      .end(text)
  }
  switch (route) {
    case 'POST /behaviour':
      behaviour = body
      return answer(200, {})
    case 'POST /release':
      for (const order of late.splice(0)) execute(order)
      return answer(200, {})
    case 'GET /ledger':
      return answer(200, { fills, received, asked })
    case 'POST /orders':
      received.push(JSON.parse(body).clientOrderId)
      return behave(JSON.parse(body), answer, response)
    case 'GET /orders/id': {
      asked++
      if (behaviour === 'dead') return undefined
      const known = executions.get(decodeURIComponent(id))
      return known ? answer(200, known) : answer(404, {})
    }
    case 'POST /orders/id/cancel': {
      if (behaviour === 'dead') return undefined
      const orderId = decodeURIComponent(id)
      if (!executions.has(orderId))
        executions.set(orderId, { state: 'cancelled', reason: 'cancelled before it arrived' })
      return answer(200, executions.get(orderId))
    }
    default:
      return answer(404, {})
  }
}

function behave(order, answer, response) {
  switch (behaviour) {
    case 'fill':
      return answer(200, execute(order))
    case 'reject':
      return answer(200, refuse(order, 'the market is closed'))
    // Executed, but nobody is told.
    case 'hang':
    case 'dead':
      execute(order)
      return undefined
    case 'error':
      execute(order)
      return answer(500, { message: 'internal error' })
    case 'cut':
      execute(order)
      return response.socket.destroy()
    case 'garbage':
      execute(order)
      return answer(200, '{"state":"filled","orderId":')
    case 'nonsense':
      execute(order)
      return answer(200, { state: 'filled', orderId: '1', price: '-1', baseAmount: 'NaN' })
    case 'twice': {
      const text = JSON.stringify(execute(order))
      const head = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(text)}\r\n\r\n`
      return response.socket.write((head + text).repeat(2))
    }
    // The order is under way for longer than anybody waits.
    case 'late':
      late.push(order)
      return undefined
    // It never gets here.
    case 'lost':
      return response.socket.destroy()
    default:
      return answer(500, {})
  }
}

function execute(order) {
  const known = executions.get(order.clientOrderId)
  if (known) return known
  const execution = {
    state: 'filled',
    orderId: `venue-${fills.length + 1}`,
    ...fillOf(order),
    at: new Date().toISOString(),
  }
  fills.push({ clientOrderId: order.clientOrderId, side: order.side, ...execution })
  executions.set(order.clientOrderId, execution)
  return execution
}

function refuse(order, reason) {
  const known = executions.get(order.clientOrderId)
  if (known) return known
  const execution = { state: 'rejected', reason }
  executions.set(order.clientOrderId, execution)
  return execution
}

/** At the reference price, with a fee of ten basis points; in whole units of the last digit. */
function fillOf({ side, amount, decimals, quoteDecimals, reference }) {
  const [price, priceScale] = [units(reference.price, 18), 10n ** 18n]
  const [baseScale, quoteScale] = [10n ** BigInt(decimals), 10n ** BigInt(quoteDecimals)]
  if (side === 'buy') {
    const budget = units(amount, quoteDecimals)
    const quote = (budget * 10_000n) / 10_010n
    const base = (quote * priceScale * baseScale) / (price * quoteScale)
    return fill(reference.price, base, quote, budget - quote)
  }
  const base = units(amount, decimals)
  const quote = (base * price * quoteScale) / (priceScale * baseScale)
  return fill(reference.price, base, quote, (quote * 10n + 9_999n) / 10_000n)

  function fill(at, baseUnits, quoteUnits, feeUnits) {
    return {
      price: at,
      baseAmount: text(baseUnits, decimals),
      quoteAmount: text(quoteUnits, quoteDecimals),
      fee: text(feeUnits, quoteDecimals),
      slippageBps: 0,
      priceImpact: '0',
    }
  }
}

function units(text, scale) {
  const [whole, fraction = ''] = text.split('.')
  return BigInt(whole + fraction.padEnd(scale, '0').slice(0, scale))
}

function text(value, scale) {
  const digits = value.toString().padStart(scale + 1, '0')
  return scale === 0 ? digits : `${digits.slice(0, -scale)}.${digits.slice(-scale)}`
}

async function read(stream) {
  const chunks = []
  for await (const chunk of stream) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}

server.listen(0, '127.0.0.1', () => process.stdout.write(`http://127.0.0.1:${server.address().port}\n`))
