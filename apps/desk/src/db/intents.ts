import { and, asc, desc, eq, inArray, or, sql } from 'drizzle-orm'
import * as decimal from '../domain/decimal.ts'
import type { IntentState, TradeFailure } from '../domain/trade.ts'
import type { Session } from './database.ts'
import { assets, intents } from './schema.ts'

/** An order, with what of its asset its execution needs. Amounts are canonical decimal text. */
export type Intent = Omit<typeof intents.$inferSelect, 'createdAt' | 'updatedAt'> & {
  readonly symbol: string
  readonly decimals: number
  /** On PostgreSQL's clock. */
  readonly ageMs: number
}

/** States in which nobody knows the end yet. */
export const OPEN_STATES = ['PREPARED', 'SUBMITTED', 'UNKNOWN'] as const satisfies readonly IntentState[]

/** Writes an order down, PREPARED. */
export async function insertIntent(
  tx: Session,
  values: Omit<typeof intents.$inferInsert, 'id' | 'state' | 'error' | 'createdAt' | 'updatedAt'>,
): Promise<Intent> {
  const [row] = await tx.insert(intents).values(values).returning({ id: intents.id })
  const intent = row && (await findIntent(tx, row.id))
  if (!intent) throw new Error('INSERT … RETURNING returned no row')
  return intent
}

/** The order with this id, or null. */
export async function findIntent(tx: Session, id: string): Promise<Intent | null> {
  const [row] = await select(tx).where(eq(intents.id, id))
  return row ? toIntent(row) : null
}

/** The order with this id, held until the end of the transaction. @throws Error when there is none */
export async function lockIntent(tx: Session, id: string): Promise<Intent> {
  const [row] = await select(tx).where(eq(intents.id, id)).for('update', { of: intents })
  if (!row) throw new Error(`there is no intent ${id}`)
  return toIntent(row)
}

/** The last order that was begun under this key of this user, or null. */
export async function findIntentOfKey(tx: Session, userId: string, key: string): Promise<Intent | null> {
  const [row] = await select(tx)
    .where(and(eq(intents.userId, userId), eq(intents.idempotencyKey, key)))
    .orderBy(desc(intents.createdAt), desc(intents.id))
    .limit(1)
  return row ? toIntent(row) : null
}

/** Compare-and-set of the state. False when it is not `from` any more: somebody else was faster. */
export async function advance(
  tx: Session,
  id: string,
  from: IntentState,
  to: 'SUBMITTED' | 'UNKNOWN',
): Promise<boolean> {
  const rows = await tx
    .update(intents)
    .set({ state: to, updatedAt: sql`now()` })
    .where(and(eq(intents.id, id), eq(intents.state, from)))
    .returning({ id: intents.id })
  return rows.length === 1
}

/** Ends an order that was locked in this transaction. */
export async function conclude(
  tx: Session,
  id: string,
  end: { readonly positionId: string | null } | { readonly error: TradeFailure },
): Promise<void> {
  const values =
    'error' in end ? { state: 'FAILED' as const, ...end } : { state: 'CONFIRMED' as const, ...end }
  await tx
    .update(intents)
    .set({ ...values, updatedAt: sql`now()` })
    .where(eq(intents.id, id))
}

/** Whether an order of this wallet and asset is under way. */
export async function isInFlight(tx: Session, wallet: string, asset: string): Promise<boolean> {
  const rows = await tx
    .select({ id: intents.id })
    .from(intents)
    .where(
      and(eq(intents.wallet, wallet), eq(intents.asset, asset), inArray(intents.state, [...OPEN_STATES])),
    )
    .limit(1)
  return rows.length > 0
}

/** How many positions an agent has, or will have when all its orders under way are executed. */
export async function countPositions(tx: Session, agentId: string): Promise<number> {
  const { rows } = await tx.execute<{ count: number }>(sql`
    SELECT count(*)::integer AS count FROM (
      SELECT wallet, asset FROM positions WHERE agent_id = ${agentId} AND status = 'open'
      UNION
      SELECT wallet, asset FROM intents
      WHERE agent_id = ${agentId} AND side = 'buy' AND state IN ('PREPARED', 'SUBMITTED', 'UNKNOWN')
    ) AS held`)
  return rows[0]?.count ?? 0
}

/** How long an order must have been left alone before somebody else may settle it. */
export interface Patience {
  readonly preparedMs: number
  readonly submittedMs: number
}

/** Orders without an end that nobody seems to be at, those first that nobody looked at for longest. */
export async function listAbandoned(tx: Session, patience: Patience, limit: number): Promise<Intent[]> {
  const leftAlone = (state: IntentState, ms: number) =>
    and(
      eq(intents.state, state),
      sql`${intents.updatedAt} <= clock_timestamp() - make_interval(secs => ${ms / 1_000})`,
    )
  const rows = await select(tx)
    .where(
      or(
        leftAlone('PREPARED', patience.preparedMs),
        leftAlone('SUBMITTED', patience.submittedMs),
        eq(intents.state, 'UNKNOWN'),
      ),
    )
    .orderBy(asc(intents.updatedAt), asc(intents.id))
    .limit(limit)
  return rows.map(toIntent)
}

/** Notes that the venue was asked about an order without an answer: UNKNOWN, and others have their turn first. */
export async function postpone(tx: Session, id: string): Promise<void> {
  await tx
    .update(intents)
    .set({ state: 'UNKNOWN', updatedAt: sql`clock_timestamp()` })
    .where(and(eq(intents.id, id), inArray(intents.state, ['SUBMITTED', 'UNKNOWN'])))
}

function select(tx: Session) {
  return tx
    .select({
      intent: intents,
      symbol: assets.symbol,
      decimals: assets.decimals,
      ageMs: sql<number>`(extract(epoch FROM clock_timestamp() - ${intents.createdAt}) * 1000)::float8`,
    })
    .from(intents)
    .innerJoin(assets, and(eq(assets.chain, intents.chain), eq(assets.asset, intents.asset)))
}

function toIntent({ intent, ...of }: Awaited<ReturnType<typeof select>>[number]): Intent {
  return { ...intent, ...of, amount: decimal.canonical(intent.amount) }
}
