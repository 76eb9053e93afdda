import { once } from 'node:events'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { virtualClock, type VirtualClock } from 'holdfast/testing'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { openTestDesk, type TestDesk, useDatabase } from '../test-desk.ts'

const database = useDatabase()
let clock: VirtualClock
let desk: TestDesk
let answer: (text: string) => void
beforeEach(async () => {
  clock = virtualClock()
  desk = await openTestDesk({ database: database.open, clock })
  const waiting = new Promise<string>((resolve) => (answer = resolve))
  desk.app.get('/slow', () => waiting)
  await desk.app.listen({ port: 0, host: '127.0.0.1' })
  onTestFinished(() => desk.close())
})

/** A connection on which `text` was sent and received. */
async function said(text: string): Promise<Socket> {
  const { port } = desk.app.server.address() as AddressInfo
  const received = once(desk.app.server, 'connection').then(([socket]) => once(socket as Socket, 'data'))
  const socket = connect(port, '127.0.0.1')
  socket.write(text)
  await received
  return socket
}

const request = (path: string) => `GET ${path} HTTP/1.1\r\nHost: desk\r\n\r\n`

test('an answer that is under way is waited for, however long its connection was meant to be kept', async () => {
  const socket = await said(request('/slow'))
  let closed = false
  const closing = desk.app.close().then(() => (closed = true))
  await clock.advance(4_000)
  expect(closed).toBe(false)
  answer('late but whole')
  const chunks: Buffer[] = []
  for await (const chunk of socket) chunks.push(chunk as Buffer)
  expect(Buffer.concat(chunks).toString()).toMatch(
    /^HTTP\/1\.1 200 [\s\S]*connection: close[\s\S]*late but whole$/,
  )
  await closing
  // The state has timers until it is closed, too.
  await desk.close()
  expect(clock.pending).toBe(0)
})

test('a connection that is kept for later is closed at once', async () => {
  const socket = await said(request('/health/live'))
  await once(socket, 'data')
  const closed = once(socket, 'close')
  await desk.app.close()
  expect(await closed).toEqual([false])
})

test.each([
  ['a request that is never answered', request('/slow')],
  [
    'a request that never ends',
    'POST /api/v1/auth/login HTTP/1.1\r\nHost: desk\r\nContent-Length: 100\r\n\r\n{',
  ],
  ['a request that has hardly begun', 'GET /health/live HTTP/1.1\r\nHo'],
])('%s is waited for five seconds', async (_, text) => {
  const socket = await said(text)
  socket.on('error', () => undefined)
  let closed = false
  const closing = desk.app.close().then(() => (closed = true))
  await clock.advance(4_999)
  expect(closed).toBe(false)
  await clock.advance(1)
  await closing
  answer('nobody hears it')
})

test.each(['/%zz', `/api/v1/prices/solana/${'a'.repeat(300)}`])(
  'an upgrade that finds no route for its path keeps no connection: %s',
  async (path) => {
    const socket = await said(
      `GET ${path} HTTP/1.1\r\nHost: desk\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
        'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
    )
    const chunks: Buffer[] = []
    for await (const chunk of socket) chunks.push(chunk as Buffer)
    expect(Buffer.concat(chunks).toString()).toMatch(
      /^HTTP\/1\.1 4\d\d [\s\S]*"code":"(MALFORMED_URL|URL_TOO_LONG)"/,
    )
    await desk.app.close()
  },
)
