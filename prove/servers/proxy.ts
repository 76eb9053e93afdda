import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/**
 * What a way does with what is sent on it. `hold`: it arrives when the trouble is over, as from a network that sends
 * again. `lose …`: it never does, and the connection is cut when the trouble is over.
 */
export const TROUBLES = ['delay', 'hold', 'lose requests', 'lose answers', 'reset'] as const
/** One of them. */
export type Trouble = (typeof TROUBLES)[number]

/** A way to a server that can be troubled. */
export interface Way {
  readonly port: number
  begin(trouble: Trouble): void
  /** All is well again. */
  end(): void
  close(): Promise<void>
}

interface Line {
  readonly client: Socket
  readonly server: Socket
  /** Bytes of it were lost: what comes later makes no sense. */
  isBroken: boolean
  readonly held: (() => void)[]
}

const MOST_DELAY_MS = 120

/** Opens a TCP proxy to 127.0.0.1:`target`. `rewrite` may change what the server says, and must keep its length. */
export async function openWay(target: number, rewrite?: (data: Buffer) => Buffer): Promise<Way> {
  const lines = new Set<Line>()
  let trouble: Trouble | undefined
  const pass = (line: Line, to: Socket, data: Buffer, loses: Trouble): void => {
    const deliver = (): void => void (to.destroyed || to.write(data))
    if (line.isBroken || trouble === loses) line.isBroken = true
    else if (trouble === 'hold' || trouble === 'delay' || line.held.length > 0) line.held.push(deliver)
    else deliver()
    if (trouble === 'delay' && line.held.length === 1) releaseLater(line)
  }
  const release = (line: Line): void => line.held.splice(0).forEach((deliver) => deliver())
  // One timer for a line: what was sent first arrives first.
  const releaseLater = (line: Line): void =>
    void setTimeout(() => trouble !== 'hold' && release(line), Math.random() * MOST_DELAY_MS)
  const cut = ({ client, server }: Line): void => {
    client.destroy()
    server.destroy()
  }
  const listener = createServer((client) => {
    const server = connect(target, '127.0.0.1')
    client.setNoDelay(true)
    server.setNoDelay(true)
    const line: Line = { client, server, isBroken: false, held: [] }
    lines.add(line)
    for (const socket of [client, server]) socket.on('error', () => undefined)
    client.on('data', (data) => pass(line, server, data, 'lose requests'))
    server.on('data', (data) => pass(line, client, rewrite ? rewrite(data) : data, 'lose answers'))
    // Not at once: what is held arrives, though nobody waits for the answer any more.
    client.on('close', () => (trouble === 'hold' ? line.held.push(() => server.end()) : server.end()))
    server.on('close', () => {
      client.destroy()
      lines.delete(line)
    })
  })
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  return {
    port: (listener.address() as AddressInfo).port,
    begin(next) {
      if (next === 'reset') lines.forEach(cut)
      else trouble = next
    },
    end() {
      trouble = undefined
      for (const line of lines) {
        release(line)
        if (line.isBroken) cut(line)
      }
    },
    async close() {
      const closed = once(listener, 'close')
      listener.close()
      lines.forEach(cut)
      await closed
    },
  }
}

/** Ports as text, in what a Sentinel says, changed to those of ways. All have five digits. */
export function portsRewritten(ways: ReadonlyMap<number, number>): (data: Buffer) => Buffer {
  return (data) => {
    let text = data.toString('latin1')
    for (const [from, to] of ways) text = text.replaceAll(`\r\n${from}\r\n`, `\r\n${to}\r\n`)
    return Buffer.from(text, 'latin1')
  }
}
