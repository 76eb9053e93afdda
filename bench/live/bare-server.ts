/** What `ws` costs with nothing around it: sockets by symbol, and the same messages sent to them, serialised once. */
import type { AddressInfo } from 'node:net'
import { type WebSocket, WebSocketServer } from 'ws'
import { answerOrders, meter } from './answering.ts'
import { market, priceOf } from './market.ts'

const bySymbol = new Map<string, Set<WebSocket>>()
const server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
server.on('connection', (socket) => {
  socket.on('close', () => {
    for (const followers of bySymbol.values()) followers.delete(socket)
  })
  socket.on('message', (data: Buffer) => {
    const { type, topics = [] } = JSON.parse(data.toString()) as { type: string; topics?: string[] }
    if (type === 'auth') return socket.send('{"type":"ready","heartbeatMs":30000}')
    for (const topic of topics) {
      const symbol = topic.slice('price:'.length)
      const followers = bySymbol.get(symbol) ?? new Set()
      bySymbol.set(symbol, followers.add(socket))
    }
    socket.send(JSON.stringify({ type: 'subscribed', topics }))
  })
})

const update = (symbol: string, at: number): void => {
  const message = { type: 'values', topic: `price:${symbol}`, values: [priceOf(symbol, at)] }
  const bytes = Buffer.from(JSON.stringify(message))
  for (const socket of bySymbol.get(symbol) ?? []) socket.send(bytes, { binary: false })
}
let stop = (): void => undefined
let used = meter()

answerOrders((order) => {
  switch (order.kind) {
    case 'connect':
      stop = market(update)
      return `ws://127.0.0.1:${(server.address() as AddressInfo).port}`
    case 'begin':
      used = meter()
      return
    case 'figures':
      return { ...used(), connections: server.clients.size }
    case 'freeze':
    case 'thaw':
      return
    case 'end':
      stop()
      for (const socket of server.clients) socket.terminate()
      server.close()
      return undefined
  }
})
