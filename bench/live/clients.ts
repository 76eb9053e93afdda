/** A thousand clients in a process of their own, as cheap as they can be: what they cost would be taken from the server. */
import { once } from 'node:events'
import { WebSocket } from 'ws'
import { quantile } from '../measure.ts'
import { answerOrders, meter } from './answering.ts'
import { LARGE, LOAD, type Seen, sharedMicros } from './messages.ts'

const LONGEST_WAIT_MS = 20_000
const AT = Buffer.from('"at":')
const sockets: WebSocket[] = []
let delaysMs: number[] = []
let used = meter()
let url = ''
let frozen: WebSocket | undefined
let frozenCode: number | undefined

function take(data: Buffer): void {
  const found = data.indexOf(AT)
  if (found < 0) return
  const text = data.toString('latin1', found + AT.length, found + AT.length + 18)
  // The state as it was when it was subscribed says nothing of a delivery.
  if (data.indexOf('"all":true') >= 0) return
  delaysMs.push((sharedMicros() - Number.parseInt(text, 10)) / 1_000)
}

async function connect(topics: readonly string[], isFrozen: boolean): Promise<WebSocket> {
  const deadline = { signal: AbortSignal.timeout(LONGEST_WAIT_MS) }
  const socket = new WebSocket(url)
  socket.on('error', () => undefined)
  await once(socket, 'open', deadline)
  socket.send('{"type":"auth","token":"anybody"}')
  await once(socket, 'message', deadline)
  socket.send(JSON.stringify({ type: 'subscribe', topics }))
  await once(socket, 'message', deadline)
  if (!isFrozen) socket.on('message', take)
  return socket
}

function topicsOf(client: number): string[] {
  return Array.from({ length: LOAD.symbolsOfOne }, (_, index) => {
    // Spread so that each symbol has as many followers, and no two clients the same ones.
    return `price:S${(client * LOAD.symbolsOfOne + index * 7 * (1 + (client % 3))) % LOAD.symbols}`
  })
}

function figures(): Seen {
  const [p50, p99] = [quantile(delaysMs, 0.5), quantile(delaysMs, 0.99)]
  const longest = delaysMs.reduce((most, delay) => Math.max(most, delay), 0)
  return { ...used(), messages: delaysMs.length, p50, p99, longest }
}

answerOrders(async (order) => {
  switch (order.kind) {
    case 'connect': {
      url = order.url
      const AT_ONCE = 50
      for (let first = 0; first < LOAD.clients; first += AT_ONCE) {
        const some = Array.from({ length: Math.min(AT_ONCE, LOAD.clients - first) }, (_, index) =>
          connect(topicsOf(first + index), false),
        )
        sockets.push(...(await Promise.all(some)))
      }
      return
    }
    case 'begin':
      delaysMs = []
      used = meter()
      return
    case 'figures':
      return figures()
    case 'freeze': {
      const socket = await connect([`price:${LARGE.symbol}`], true)
      socket.on('close', (code) => (frozenCode = code))
      socket.pause()
      frozen = socket
      return
    }
    case 'thaw': {
      // It reads again: what was held for it, and then why it was ended.
      if (frozen && frozenCode === undefined) {
        const closed = once(frozen, 'close', { signal: AbortSignal.timeout(LONGEST_WAIT_MS) })
        frozen.resume()
        await closed.catch(() => undefined)
      }
      return frozenCode ?? null
    }
    case 'end':
      for (const socket of sockets) socket.terminate()
      return
  }
})
