import { sqlText, type Truth } from '../../truth.ts'

/** One holder's right to do an operation. */
export interface Claim {
  readonly key: string
  readonly print: string
  readonly holder: string
  readonly leaseMs: number
}

/**
 * Claims an operation that is new, or whose time or whose holder's lease is over: how often it was tried, this time
 * included; undefined when it is not to be had. In a statement of its own, which waits for no transaction that ends the
 * operation.
 */
export async function claim<Session>(
  truth: Truth<Session>,
  { key, print, holder, leaseMs }: Claim,
  ttlMs: number,
): Promise<number | undefined> {
  // The time of the statement: one moment for all that is compared. It may be earlier than that of the row's change.
  const isOver = 'known.expires_at <= statement_timestamp()'
  const unlessOver = (column: string): string =>
    `CASE WHEN ${isOver} THEN excluded.${column} ELSE known.${column} END`
  const there = `SELECT FROM holdfast_idempotency WHERE key = ${sqlText(key)}`
  const [row] = await truth.query(
    truth.session,
    `INSERT INTO holdfast_idempotency AS known (key, fingerprint, expires_at, holder, held_until, attempts)
     SELECT ${sqlText(key)}, ${sqlText(print)}, ${after(ttlMs)}, ${sqlText(holder)}, ${after(leaseMs)}, 1
     WHERE NOT EXISTS (${there}) OR EXISTS (${there} FOR UPDATE SKIP LOCKED)
     ON CONFLICT (key) DO UPDATE SET fingerprint = excluded.fingerprint, flag = NULL, payload = NULL,
       begun_at = ${unlessOver('begun_at')}, expires_at = ${unlessOver('expires_at')},
       attempts = CASE WHEN ${isOver} THEN 1 ELSE known.attempts + 1 END,
       holder = excluded.holder, held_until = excluded.held_until
     WHERE ${isOver} OR (known.flag IS NULL AND known.held_until <= statement_timestamp()
       AND known.fingerprint = excluded.fingerprint)
     RETURNING attempts`,
  )
  return row && Number(row['attempts'])
}

/** Lets the lease last from now. Whether the operation is still this holder's, and not done. */
export async function extend<Session>(
  truth: Truth<Session>,
  session: Session,
  claimed: Claim,
): Promise<boolean> {
  const [row] = await truth.query(
    session,
    `UPDATE holdfast_idempotency SET held_until = ${after(claimed.leaseMs)} WHERE ${isOurs(claimed)} RETURNING key`,
  )
  return row !== undefined
}

/** Stores how it ended. Whether it was still this holder's, and not done. */
export async function finish<Session>(
  truth: Truth<Session>,
  session: Session,
  claimed: Claim,
  { flag, payload }: { readonly flag: string; readonly payload: string },
): Promise<boolean> {
  const [row] = await truth.query(
    session,
    `UPDATE holdfast_idempotency SET flag = ${sqlText(flag)}, payload = ${sqlText(payload)}, held_until = NULL
     WHERE ${isOurs(claimed)} RETURNING key`,
  )
  return row !== undefined
}

/** Lets another have it at once: this try failed, and says nothing of the operation. */
export async function giveUp<Session>(truth: Truth<Session>, claimed: Claim): Promise<void> {
  await truth.query(
    truth.session,
    `UPDATE holdfast_idempotency SET held_until = clock_timestamp() WHERE ${isOurs(claimed)}`,
  )
}

const after = (ms: number): string => `clock_timestamp() + interval '${ms} milliseconds'`

const isOurs = ({ key, holder }: Claim): string =>
  `key = ${sqlText(key)} AND holder = ${sqlText(holder)} AND flag IS NULL`
