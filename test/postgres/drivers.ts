import { PGlite } from '@electric-sql/pglite'
import { drizzle } from 'drizzle-orm/node-postgres'
import { drizzle as drizzleOnPglite } from 'drizzle-orm/pglite'
import type { Truth } from 'holdfast'
import { drizzleTruth, pgliteTruth, pgTruth, prismaTruth, soundPool } from 'holdfast/postgres'
import pg from 'pg'
import { prismaClient } from './prisma-client.ts'

/** One way to PostgreSQL, with what a test needs of it. `Session` is its own type; no test looks into it. */
export interface Driver {
  readonly truth: Truth<unknown>
  close(): Promise<unknown>
}

/** Of the pools of these drivers: small, and with limits. */
const LIMITS = {
  max: 3,
  connectionTimeoutMillis: 2_000,
  statement_timeout: 10_000,
  query_timeout: 400,
}

function poolOf(connectionString: string): pg.Pool {
  const pool = new pg.Pool({ ...LIMITS, connectionString })
  pool.on('error', () => undefined)
  return pool
}

const anySession = <Session>(truth: Truth<Session>): Truth<unknown> => truth

/** How to open each driver. `url` leads to a database; PGlite brings its own. */
export const drivers: Readonly<Record<string, (url: string) => Promise<Driver>>> = {
  async 'node-postgres'(url) {
    const pool = poolOf(url)
    return { truth: anySession(pgTruth(pool)), close: () => pool.end() }
  },
  async 'Drizzle on node-postgres'(url) {
    const pool = poolOf(url)
    return { truth: anySession(drizzleTruth(drizzle(pool))), close: () => pool.end() }
  },
  async 'Prisma 7 on its node-postgres adapter'(url) {
    const pool = soundPool(poolOf(url))
    const client = prismaClient(pool)
    const close = async (): Promise<void> => {
      await client.$disconnect()
      await pool.end()
    }
    return { truth: anySession(prismaTruth(client)), close }
  },
  async PGlite() {
    const db = await PGlite.create()
    return { truth: anySession(pgliteTruth(db)), close: () => db.close() }
  },
  async 'Drizzle on PGlite'() {
    const db = await PGlite.create()
    return { truth: anySession(drizzleTruth(drizzleOnPglite(db))), close: () => db.close() }
  },
}
