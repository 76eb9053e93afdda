import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { WebSocket } from 'ws'
import type { TestDesk } from '../test-desk.ts'

/** A message of the server, parsed. */
export interface Message {
  readonly type: string
  readonly [field: string]: unknown
}

/** A client of the stream that keeps what it hears, in order. */
export interface Client {
  readonly socket: WebSocket
  /** All messages so far. */
  readonly heard: Message[]
  send(message: unknown): void
  sendText(text: string): void
  /** The next message of this type that nobody took yet, now or when it comes; those before it are passed over. */
  next(type: string): Promise<Message>
  /** Sends a ping and waits for its answer: whatever was sent before has been answered, too. */
  sync(): Promise<void>
  /** The code with which the connection ended. */
  readonly closed: Promise<number>
}

const LONGEST_WAIT_MS = 5_000

/** Connects, without a token yet. */
export async function connectTo(desk: TestDesk, options: WebSocket.ClientOptions = {}): Promise<Client> {
  const { port } = desk.app.server.address() as AddressInfo
  const socket = new WebSocket(`ws://127.0.0.1:${port}/api/v1/stream`, options)
  const heard: Message[] = []
  let taken = 0
  socket.on('error', () => undefined)
  socket.on('message', (data: Buffer) => {
    heard.push(named(JSON.parse(data.toString())))
    socket.emit('heard')
  })
  const closed = once(socket, 'close').then(([code]) => code as number)
  await once(socket, 'open')
  const client: Client = {
    socket,
    heard,
    closed,
    send: (message) => socket.send(JSON.stringify(message)),
    sendText: (text) => socket.send(text),
    async next(type) {
      const deadline = AbortSignal.timeout(LONGEST_WAIT_MS)
      for (;;) {
        const index = heard.findIndex((message, at) => at >= taken && message.type === type)
        if (index >= 0) {
          taken = index + 1
          return heard[index] as Message
        }
        await Promise.race([once(socket, 'heard', { signal: deadline }), closedEarly(closed, type)])
      }
    },
    async sync() {
      client.send({ type: 'ping' })
      await client.next('pong')
    },
  }
  return client
}

/** Values under the name of what they are of, as tests ask for them. */
function named(message: Message): Message {
  if (message.type !== 'values') return message
  const [type = '', chain, asset, interval] = String(message['topic']).split(':')
  const values = message['values'] as object[]
  if (type === 'account') return { type, ...values[0] }
  if (type === 'candles') return { type, chain, asset, interval, candles: values }
  return { type, [type]: type === 'prices' ? values : values[0] }
}

async function closedEarly(closed: Promise<number>, type: string): Promise<never> {
  throw new Error(`the connection ended with ${await closed} before a message '${type}'`)
}

/** Connects and signs in. */
export async function clientOf(desk: TestDesk, token?: string): Promise<Client> {
  const client = await connectTo(desk)
  client.send({ type: 'auth', token: token ?? (await desk.user()).token })
  await client.next('ready')
  return client
}

/** Connects, signs in and follows. Resolves when the server has taken note. */
export async function follower(desk: TestDesk, ...topics: string[]): Promise<Client> {
  const client = await clientOf(desk)
  client.send({ type: 'subscribe', topics })
  await client.next('subscribed')
  return client
}
