import { drizzle, type NodePgQueryResultHKT } from 'drizzle-orm/node-postgres'
import type { PgDatabase } from 'drizzle-orm/pg-core'
import { sql } from 'drizzle-orm'
import { open, type State, type StoreFactory, strong, type StrongKeyspace, type Truth } from 'holdfast'
import { drizzleTruth } from 'holdfast/postgres'
import pg from 'pg'
import { z } from 'zod'
import { eventually } from '../../servers/eventually.ts'

/** What runs a statement of the bank. */
export type Session = PgDatabase<NodePgQueryResultHKT>

/** A row. The version is that of its last update. */
export interface Account {
  readonly amount: string
  readonly version: number
}

type AccountId = { readonly id: string }

/** What a test may put between the steps of a load or a write. */
export interface Interruptions {
  /** Before the statement of a load is sent; not of the one for a `put`. */
  beforeLoad?: ((id: string) => Promise<void> | void) | undefined
  /** After its answer came. */
  afterLoad?: ((id: string) => Promise<void> | void) | undefined
  /** Of a write: after the row of a `put` was read. */
  afterPutRead?: (() => Promise<unknown>) | undefined
  /** Of a write: after FENCE, right before COMMIT. */
  beforeCommit?: (() => Promise<void>) | undefined
  /** Of a write: before SETTLE. */
  afterCommit?: (() => Promise<void>) | undefined
}

/** A bank in one database: its accounts, and the sum of all of them. */
export interface Bank {
  readonly pool: pg.Pool
  readonly truth: Truth<Session>
  readonly interrupt: Interruptions
  readonly keyspaces: {
    readonly account: StrongKeyspace<AccountId, Account, Session, true>
    readonly total: StrongKeyspace<{ readonly currency: string }, string, Session, false>
  }
  /** Another process, as it were, once the gate is open for it: transactions of other tests may be in the way. */
  node(store: StoreFactory, truth?: Truth<Session>): Promise<BankState>
  close(): Promise<void>
}

/** The bank in use. */
export type BankState = State<Bank['keyspaces'], Session>

const Amounts = z.object({ amount: z.string(), version: z.number() })

/** Makes the table in a database that may have it, and gives the bank. */
export async function openBank(url: string, loadTimeout: `${number}${'ms' | 's'}` = '5s'): Promise<Bank> {
  const pool = new pg.Pool({
    connectionString: url,
    max: 20,
    connectionTimeoutMillis: 8_000,
    statement_timeout: 10_000,
    query_timeout: 11_000,
  })
  pool.on('error', () => undefined)
  pool.on('connect', (client) => void client.on('error', () => undefined))
  await pool.query(`CREATE TABLE IF NOT EXISTS account (
    id text PRIMARY KEY, amount bigint NOT NULL, version integer NOT NULL DEFAULT 0)`)
  const inner = drizzleTruth<Session>(drizzle(pool))
  const interrupt: Interruptions = {}
  const rowOf = async (tx: Session, id: string): Promise<Account | null> => {
    const { rows } = await tx.execute<{ amount: string; version: number }>(
      sql`SELECT amount::text, version FROM account WHERE id = ${id}`,
    )
    return rows[0] ?? null
  }
  const account = strong({
    key: 'account:{id}',
    about: 'What an account holds.',
    value: Amounts,
    row: true,
    loadTimeout,
    load: async ({ id }, tx: Session) => {
      const isPut = tx !== inner.session
      if (!isPut) await interrupt.beforeLoad?.(id)
      const row = await rowOf(tx, id)
      await (isPut ? interrupt.afterPutRead?.() : interrupt.afterLoad?.(id))
      return row
    },
  })
  const total = strong({
    key: 'total:{currency}',
    about: 'What all accounts hold together.',
    value: z.string(),
    load: async (_id, tx: Session) => {
      const { rows } = await tx.execute<{ total: string }>(
        sql`SELECT coalesce(sum(amount), 0)::text AS total FROM account`,
      )
      return rows[0]?.total
    },
  })
  const keyspaces = { account, total }
  const truth: Truth<Session> = {
    ...inner,
    async transaction(body, options) {
      if (options?.readOnly) return inner.transaction(body, options)
      const result = await inner.transaction(async (tx) => {
        const value = await body(tx)
        await interrupt.beforeCommit?.()
        return value
      }, options)
      await interrupt.afterCommit?.()
      return result
    },
  }
  return {
    pool,
    truth,
    interrupt,
    keyspaces,
    async node(store, other = truth) {
      const state = await open(keyspaces, { store, truth: other })
      await eventually(() => state.gate()?.isTrusted === true, 15_000)
      return state
    },
    close: () => pool.end(),
  }
}

/** Sets what an account holds, and its version to the next one: the version. */
export async function setAmount(tx: Session, id: string, amount: number): Promise<number> {
  const { rows } = await tx.execute<{ version: number }>(
    sql`INSERT INTO account (id, amount, version) VALUES (${id}, ${amount}, 1)
        ON CONFLICT (id) DO UPDATE SET amount = ${amount}, version = account.version + 1 RETURNING version`,
  )
  return rows[0]?.version ?? 0
}

/** A point in somebody's course: `reached` when it is there, which then waits until `proceed`. */
export function stopPoint(): { arrive(): Promise<void>; readonly reached: Promise<void>; proceed(): void } {
  let arrived = (): void => undefined
  let proceed = (): void => undefined
  const reached = new Promise<void>((resolve) => (arrived = resolve))
  const released = new Promise<void>((resolve) => (proceed = resolve))
  return {
    reached,
    proceed: () => proceed(),
    arrive: async () => {
      arrived()
      await released
    },
  }
}
