import { type Duration, strong, type StrongKeyspace } from 'holdfast'
import pg from 'pg'
import { z } from 'zod'
import type { Session } from './pooled-truth.ts'

/**
 * Accounts in groups. Money moves inside of a group only, so each group always holds the same. Every change of an
 * account counts its version up, under its row's lock, and leaves a row of `audit` in the same transaction.
 */
export interface Shape {
  readonly groups: number
  /** Accounts of each. */
  readonly size: number
}

/** A row. `attempt` names the transaction that wrote it, in all processes. */
export interface Account {
  readonly amount: string
  readonly version: number
  readonly attempt: number
}

/** What is derived from all rows of a group, which no lock keeps together. */
export interface Group {
  readonly total: string
  /** The sum of the versions: it only grows. */
  readonly version: number
}

type Id = { readonly id: string }

/** The strong keyspaces over the accounts. */
export type Keyspaces = {
  readonly account: StrongKeyspace<Id, Account, Session, true>
  readonly group: StrongKeyspace<Id, Group, Session>
}

/** What each account has in the beginning. */
export const OPENING_AMOUNT = 1_000

/** Keys as histories know them: accounts by their number, then groups. */
export function groupKey({ groups, size }: Shape, group: number): number {
  return groups * size + group
}

const SCHEMA = `
  CREATE TABLE account (id int PRIMARY KEY, grp int NOT NULL, amount bigint NOT NULL, version int NOT NULL,
    attempt bigint NOT NULL);
  CREATE INDEX ON account (grp);
  CREATE TABLE audit (key int NOT NULL, version int NOT NULL, attempt bigint NOT NULL, PRIMARY KEY (key, version));
`

/** Makes the tables, with all accounts at version 0. */
export async function createBank(pool: pg.Pool, shape: Shape): Promise<void> {
  await pool.query(SCHEMA)
  await pool.query(
    `INSERT INTO account SELECT n, n / ${shape.size}, ${OPENING_AMOUNT}, 0, 0
     FROM generate_series(0, ${shape.groups * shape.size - 1}) n`,
  )
}

/** A pool whose every wait has an end. */
export function openPool(url: string, max: number): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max,
    connectionTimeoutMillis: 4_000,
    statement_timeout: 4_000,
    query_timeout: 5_000,
    idle_in_transaction_session_timeout: 6_000,
    keepAlive: true,
  })
  pool.on('error', () => undefined)
  pool.on('connect', (client) => void client.on('error', () => undefined))
  return pool
}

/** The row of an account. */
export async function accountRow(tx: Session, id: string): Promise<Account | null> {
  return (await accountRows(tx, [id]))[0] ?? null
}

async function accountRows(tx: Session, ids: readonly string[]): Promise<(Account | null)[]> {
  const { rows } = await tx.query<Account & { id: string }>({
    name: 'accounts',
    text: `SELECT id::text, amount::text, version, attempt::float8 FROM account WHERE id = ANY ($1::int[])`,
    values: [ids],
  })
  const found = new Map(rows.map(({ id, ...account }) => [id, account]))
  return ids.map((id) => found.get(id) ?? null)
}

/** What the rows of a group come to. */
export async function groupRow(tx: Session, id: string): Promise<Group | null> {
  const { rows } = await tx.query<Group>({
    name: 'group',
    text: `SELECT sum(amount)::text AS total, sum(version)::int AS version FROM account WHERE grp = $1::int`,
    values: [id],
  })
  return rows[0] ?? null
}

/** Who is told of a load: by the key's name, before it begins and after. */
export interface LoadWatch {
  /** Whether `tx` is the transaction of a write, whose `put` is loaded. */
  isWriting(tx: Session): boolean
  before(key: string, isPut: boolean): Promise<void> | void
  after(key: string, isPut: boolean): Promise<void> | void
  /** What to take for the row instead of asking for it; for designs that are wrong. */
  instead?(key: string): Account | null | undefined
}

const AccountValue = z.object({ amount: z.string(), version: z.number(), attempt: z.number() })
const GroupValue = z.object({ total: z.string(), version: z.number() })

/** Declares the keyspaces. `putsGroups`: as nobody should, groups may be put. */
export function declareKeyspaces(ttl: Duration, watch: LoadWatch, putsGroups = false): Keyspaces {
  const watched =
    <Value>(name: string, load: (id: string, tx: Session) => Promise<Value>) =>
    async ({ id }: Id, tx: Session): Promise<Value> => {
      const isPut = watch.isWriting(tx)
      await watch.before(`${name}:${id}`, isPut)
      const instead = isPut ? undefined : watch.instead?.(`${name}:${id}`)
      const value = instead === undefined ? await load(id, tx) : (instead as Value)
      await watch.after(`${name}:${id}`, isPut)
      return value
    }
  const account = strong({
    key: 'account:{id}',
    about: 'What an account holds.',
    value: AccountValue,
    row: true,
    ttl,
    loadTimeout: '5s',
    load: watched('account', (id, tx) => accountRow(tx, id)),
    loadMany: async (ids, tx: Session) => {
      const isPut = watch.isWriting(tx)
      await watch.before('accounts', isPut)
      const rows = await accountRows(
        tx,
        ids.map(({ id }) => id),
      )
      await watch.after('accounts', isPut)
      return rows
    },
  })
  const group = strong({
    key: 'group:{id}',
    about: 'What the accounts of a group hold together.',
    value: GroupValue,
    row: putsGroups,
    ttl,
    loadTimeout: '5s',
    load: watched('group', (id, tx) => groupRow(tx, id)),
  })
  return { account, group }
}
