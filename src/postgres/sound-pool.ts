import type { PgClient } from './on-connection.ts'

/** What of a node-postgres pool is changed here. */
export interface SoundablePool {
  connect(...parameters: never[]): unknown
}

/** What of a client of such a pool is changed here. */
interface Client extends PgClient {
  query(...parameters: unknown[]): unknown
}

/**
 * A `Pool` of node-postgres that takes no connection back whose transaction has not ended, or on which a statement had
 * no answer, so that nobody knows: that is closed instead.
 * For libraries that give such a one back, as Prisma's adapter does after a ROLLBACK without an answer:
 * `new PrismaPg(soundPool(new pg.Pool({ … })))`. Changes the pool, and gives it back. `pgTruth` and `drizzleTruth` do
 * without.
 */
export function soundPool<Pool extends SoundablePool>(pool: Pool): Pool {
  const { connect } = pool
  const soundly = async (): Promise<PgClient> => {
    const client = (await Reflect.apply(connect, pool, [])) as Client
    const { release, query } = client
    let isUnanswered = false
    client.query = (...parameters) => {
      const result = Reflect.apply(query, client, parameters)
      if (result instanceof Promise)
        result.catch((error: unknown) => void (isUnanswered ||= !isAnswer(error)))
      return result
    }
    client.release = (isBroken) => {
      client.query = query
      const isIdle = client.getTransactionStatus?.() !== 'T' && client.getTransactionStatus?.() !== 'E'
      Reflect.apply(release, client, [isBroken || isUnanswered || !isIdle])
    }
    return client
  }
  // With a callback it is the pool's own `query`, which begins no transaction.
  const connectSoundly = (...parameters: unknown[]): unknown =>
    parameters.length === 0 ? soundly() : Reflect.apply(connect, pool, parameters)
  return Object.assign(pool, { connect: connectSoundly })
}

/** Errors of PostgreSQL have a severity; those of the way to it have none. */
function isAnswer(error: unknown): boolean {
  return error instanceof Error && 'severity' in error
}
