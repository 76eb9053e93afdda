import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** A way to a server, on which a test can lose what is sent. What it does, it does to the connections of now. */
export interface Proxy {
  /** The URL, led through the proxy. */
  readonly url: string
  /** From now on what the server answers is lost. */
  loseAnswers(): void
  /** From now on what the server is asked is lost. */
  loseRequests(): void
  /** The client's ends are cut; the server's stay open, as when a cable is pulled. */
  hangUp(): void
  /** The server's ends are cut, too. */
  cut(): void
  /** While so, no new connection comes up. */
  refuse(isRefusing: boolean): void
  close(): Promise<void>
}

interface Line {
  readonly client: Socket
  readonly server: Socket
  isDeaf: boolean
  isMute: boolean
}

/** A TCP proxy to the server of `url`. `onRequest` sees what clients write, as it comes. */
export async function proxyTo(url: string, onRequest?: (data: Buffer) => void): Promise<Proxy> {
  const target = new URL(url)
  const lines = new Set<Line>()
  let isRefusing = false
  const listener = createServer((client) => {
    client.on('error', () => undefined)
    if (isRefusing) {
      client.destroy()
      return
    }
    const server = connect(Number(target.port), target.hostname)
    server.on('error', () => undefined)
    const line: Line = { client, server, isDeaf: false, isMute: false }
    lines.add(line)
    client.on('data', (data) => {
      onRequest?.(data)
      if (!line.isMute) server.write(data)
    })
    server.on('data', (data) => line.isDeaf || client.write(data))
    client.on('close', () => line.isMute || server.destroy())
    server.on('close', () => {
      client.destroy()
      lines.delete(line)
    })
  })
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const through = new URL(url)
  through.port = String((listener.address() as AddressInfo).port)
  const each = (act: (line: Line) => void) => (): void => lines.forEach(act)
  const cut = each(({ client, server }) => {
    client.destroy()
    server.destroy()
  })
  return {
    url: through.href,
    loseAnswers: each((line) => void (line.isDeaf = true)),
    loseRequests: each((line) => void (line.isMute = true)),
    hangUp: each((line) => {
      line.isMute = true
      line.client.destroy()
    }),
    cut,
    refuse: (refusing) => void (isRefusing = refusing),
    async close() {
      const closed = once(listener, 'close')
      listener.close()
      cut()
      await closed
    },
  }
}
