import type { PgClient } from './on-connection.ts'

/** What of a node-postgres pool is changed here. */
export interface SoundablePool {
  connect(...parameters: never[]): unknown
}

/**
 * A `Pool` of node-postgres that takes no connection back whose transaction has not ended: that is closed instead.
 * For libraries that give such a one back, as Prisma's adapter does after a ROLLBACK without an answer:
 * `new PrismaPg(soundPool(new pg.Pool({ … })))`. Changes the pool, and gives it back. `pgTruth` and `drizzleTruth` do
 * without.
 */
export function soundPool<Pool extends SoundablePool>(pool: Pool): Pool {
  const { connect } = pool
  const soundly = async (): Promise<PgClient> => {
    const client = (await Reflect.apply(connect, pool, [])) as PgClient
    const { release } = client
    client.release = (isBroken) => {
      const isIdle = client.getTransactionStatus?.() !== 'T' && client.getTransactionStatus?.() !== 'E'
      Reflect.apply(release, client, [isBroken || !isIdle])
    }
    return client
  }
  // With a callback it is the pool's own `query`, which begins no transaction.
  const connectSoundly = (...parameters: unknown[]): unknown =>
    parameters.length === 0 ? soundly() : Reflect.apply(connect, pool, parameters)
  return Object.assign(pool, { connect: connectSoundly })
}
