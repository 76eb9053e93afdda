import { createServer } from 'node:net'

/**
 * A TCP port that nobody listened on at 127.0.0.1 a moment ago. Somebody else may take it first: the servers
 * started here try again with another one.
 */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen({ host: '127.0.0.1', port: 0 }, () => {
      const address = probe.address()
      probe.close(() => {
        if (address && typeof address === 'object') resolve(address.port)
        else reject(new Error('the operating system named no port'))
      })
    })
  })
}
