import { and, asc, eq, gt, sql } from 'drizzle-orm'
import type { QueueWorker } from 'holdfast'
import type { Database } from '../../db/database.ts'
import { equity, wallets } from '../../db/schema.ts'
import type { DeskState } from '../../ops/state.ts'
import { worthOf } from '../portfolio/worth.ts'
import { rankAgents } from './leaders.ts'

/** What an agent was worth at the end of a minute. */
export interface EquityPoint {
  /** ISO 8601. */
  readonly at: string
  /** Decimal text, in the currency of its portfolio. */
  readonly value: string
}

const AGENTS_AT_ONCE = 500

/** What sampling stands on. */
export interface SamplingParts {
  readonly db: Database
  readonly state: DeskState
}

/**
 * Does jobs of `agentRuns` in this process: each is one page of agents, and adds the next one before its own work, so
 * that another worker can begin with it.
 */
export function startAgentRuns(parts: SamplingParts): QueueWorker {
  const { db, state } = parts
  return state.agentRuns.process(async ({ at, after }) => {
    const agentIds = await agentsWithMoney(db, after)
    const last = agentIds.at(-1)
    if (agentIds.length === AGENTS_AT_ONCE && last !== undefined)
      await state.agentRuns.add({ at, after: last }, { id: `${at}@${last}` })
    return { noted: await sampleAgents(parts, agentIds, new Date(at)) }
  })
}

/** Notes what agents are worth at this moment, as the value of the minute of `at`, and ranks them by it. How many were noted. */
export async function sampleAgents(
  { db, state }: SamplingParts,
  agentIds: readonly string[],
  at: Date,
): Promise<number> {
  const holdings = await state.portfolio.getMany(agentIds.map((agentId) => ({ agentId })))
  const worth = await worthOf(state, holdings)
  const points = agentIds.flatMap((agentId, index) => {
    const shown = worth[index]?.[0]
    // A gap in the curve is true; a value that takes a price for granted is not.
    return shown && shown.unpriced === 0 ? [{ agentId, value: shown.value }] : []
  })
  await note(db, points, at)
  await rankAgents(
    state,
    agentIds.flatMap((agentId, index) => (worth[index] ?? []).map((each) => ({ agentId, worth: each }))),
  )
  return points.length
}

/** The points of the last `spanMs`, oldest first. */
export async function equityOf(db: Database, agentId: string, spanMs: number): Promise<EquityPoint[]> {
  const rows = await db
    .select({ at: equity.at, value: equity.value })
    .from(equity)
    .where(
      and(eq(equity.agentId, agentId), gt(equity.at, sql`now() - make_interval(secs => ${spanMs / 1_000})`)),
    )
    .orderBy(asc(equity.at))
  return rows.map(({ at, value }) => ({ at: at.toISOString(), value }))
}

async function agentsWithMoney(db: Database, after: string): Promise<string[]> {
  const rows = await db
    .selectDistinct({ agentId: wallets.agentId })
    .from(wallets)
    .where(after === '' ? undefined : gt(wallets.agentId, after))
    .orderBy(asc(wallets.agentId))
    .limit(AGENTS_AT_ONCE)
  return rows.map(({ agentId }) => agentId)
}

/** One value for each minute, that of `at`: the last one counts. */
async function note(
  db: Database,
  points: readonly { readonly agentId: string; readonly value: string }[],
  noted: Date,
): Promise<void> {
  if (points.length === 0) return
  const at = sql`date_trunc('minute', ${noted.toISOString()}::timestamptz)`
  await db
    .insert(equity)
    .values(points.map((point) => ({ ...point, at })))
    .onConflictDoUpdate({ target: [equity.agentId, equity.at], set: { value: sql`excluded.value` } })
}
