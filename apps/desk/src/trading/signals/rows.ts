import { and, asc, eq, sql } from 'drizzle-orm'
import type { Database, Session } from '../../db/database.ts'
import { agents, signalExecutions, signals } from '../../db/schema.ts'
import { DeskError } from '../../domain/desk-error.ts'
import type { Execution, PendingExecution, Settled, Signal } from './signal.ts'

/** The same advice within this time is the same advice. */
const DUPLICATE_WITHIN_MS = 60_000

/** An agent as the fan-out sees it: read with the signal's own transaction, never from a cache. */
export interface Candidate {
  readonly id: string
  readonly status: string
  readonly config: unknown
}

/** What an agent is to make of a new signal: `null`, try it; a text, why not. */
export type Admission = (candidate: Candidate) => string | null

/**
 * Stores a signal with one execution for each agent of its user. From the commit on the same advice is refused for a
 * minute.
 *
 * @throws DeskError SIGNAL_DUPLICATE
 */
export async function insertSignal(
  tx: Session,
  signal: Omit<Signal, 'id'>,
  whyNot: Admission,
): Promise<{ signal: Signal; executions: Execution[] }> {
  const { userId, chain, asset, type, strength, source } = signal
  // The same advice twice at once: the second one waits here, and then sees the first.
  const lock = `signal:${userId}:${chain}:${asset}:${type}`
  await tx.execute(sql`SELECT pg_advisory_xact_lock(hashtextextended(${lock}, 0))`)
  const same = and(
    eq(signals.userId, userId),
    eq(signals.chain, chain),
    eq(signals.asset, asset),
    eq(signals.type, type),
    sql`${signals.createdAt} > clock_timestamp() - make_interval(secs => ${DUPLICATE_WITHIN_MS / 1_000})`,
  )
  const [before] = await tx
    .select({
      ageMs: sql<number>`(extract(epoch FROM clock_timestamp() - ${signals.createdAt}) * 1000)::float8`,
    })
    .from(signals)
    .where(same)
    .limit(1)
  if (before) {
    throw new DeskError(
      'SIGNAL_DUPLICATE',
      `The same signal came ${Math.max(0, Math.round(before.ageMs / 1_000))} s ago; it counts once in 60 s.`,
      { retryAfterMs: Math.max(0, DUPLICATE_WITHIN_MS - before.ageMs) },
    )
  }
  const [row] = await tx
    .insert(signals)
    .values({ userId, chain, asset, type, strength, source })
    .returning({ id: signals.id })
  if (!row) throw new Error('INSERT … RETURNING returned no row')
  const candidates = await tx
    .select({ id: agents.id, status: agents.status, config: agents.config })
    .from(agents)
    .where(eq(agents.userId, userId))
    .orderBy(asc(agents.createdAt), asc(agents.id))
  const executions = candidates.map((candidate): Execution => {
    const reason = whyNot(candidate)
    return {
      agentId: candidate.id,
      status: reason === null ? 'PENDING' : 'SKIPPED',
      intentId: null,
      reason,
    }
  })
  if (executions.length > 0)
    await tx.insert(signalExecutions).values(executions.map((each) => ({ signalId: row.id, ...each })))
  return { signal: { id: row.id, ...signal }, executions }
}

/** Executions that are still pending, the oldest first. */
export async function pendingExecutions(db: Database, limit: number): Promise<PendingExecution[]> {
  return select(db)
    .where(eq(signalExecutions.status, 'PENDING'))
    .orderBy(asc(signalExecutions.createdAt), asc(signalExecutions.signalId), asc(signalExecutions.agentId))
    .limit(limit)
}

/** An execution that is still pending; undefined when somebody has ended it. */
export async function findPending(
  db: Database,
  signalId: number,
  agentId: string,
): Promise<PendingExecution | undefined> {
  const [found] = await select(db).where(pending(signalId, agentId))
  return found
}

/** Ends a pending execution. One that has ended already stays as it is. */
export async function settleExecution(
  db: Database,
  signalId: number,
  agentId: string,
  { status, intentId, reason }: Settled,
): Promise<void> {
  await db
    .update(signalExecutions)
    .set({ status, intentId, reason, updatedAt: sql`now()` })
    .where(pending(signalId, agentId))
}

function select(db: Database) {
  return db
    .select({
      signal: {
        id: signals.id,
        userId: signals.userId,
        chain: signals.chain,
        asset: signals.asset,
        type: signals.type,
        strength: signals.strength,
        source: signals.source,
      },
      agentId: signalExecutions.agentId,
      ageMs: sql<number>`(extract(epoch FROM clock_timestamp() - ${signals.createdAt}) * 1000)::float8`,
    })
    .from(signalExecutions)
    .innerJoin(signals, eq(signals.id, signalExecutions.signalId))
}

function pending(signalId: number, agentId: string) {
  return and(
    eq(signalExecutions.signalId, signalId),
    eq(signalExecutions.agentId, agentId),
    eq(signalExecutions.status, 'PENDING'),
  )
}
