import { Verrou } from '@verrou/core'
import { redisStore } from '@verrou/core/drivers/redis'
import { Redis } from 'ioredis'

/** verrou, which renews nothing, has no fencing, and polls when it waits. */
export const verrou = {
  name: 'verrou',
  configuration: 'new Verrou({ stores: { redis: { driver: redisStore({ connection: new Redis(url) }) } } })',
  async open(url: string, leaseMs: number) {
    const connection = new Redis(url, { lazyConnect: true })
    await connection.connect()
    const locks = new Verrou({
      default: 'redis',
      stores: { redis: { driver: redisStore({ connection }) } },
    })
    return {
      run: (key: string, work: () => Promise<void>) =>
        locks.createLock(`verrou:${key}`, leaseMs).run(work) as Promise<unknown>,
      close: () => connection.disconnect(),
    }
  },
}
