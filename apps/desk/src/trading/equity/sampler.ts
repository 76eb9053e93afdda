import { and, asc, eq, gt, sql } from 'drizzle-orm'
import { type Clock, every, LockNotAcquiredError } from 'holdfast'
import type { Logger } from 'pino'
import type { Database } from '../../db/database.ts'
import { equity, wallets } from '../../db/schema.ts'
import { watchOutage } from '../../ops/outage.ts'
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

/** Notes what agents are worth, once a minute, and ranks them by it. */
export interface EquitySampler {
  /** Notes it now. How many agents were noted; 0 when another process is at it. */
  sample(): Promise<number>
  close(): void
}

const SAMPLE_EVERY_MS = 60_000
const AGENTS_AT_ONCE = 500

/** Samples from now on. */
export function startEquitySampler(db: Database, state: DeskState, clock: Clock, log: Logger): EquitySampler {
  const outage = watchOutage(log, 'noting what agents are worth')

  const sampleAll = async (): Promise<number> => {
    let noted = 0
    for (let after = ''; ;) {
      const agentIds = await agentsWithMoney(db, after)
      const last = agentIds.at(-1)
      if (last === undefined) return noted
      after = last
      const holdings = await state.portfolio.getMany(agentIds.map((agentId) => ({ agentId })))
      const worth = await worthOf(state, holdings)
      const points = agentIds.flatMap((agentId, index) => {
        const shown = worth[index]?.[0]
        // A gap in the curve is true; a value that takes a price for granted is not.
        return shown && shown.unpriced === 0 ? [{ agentId, value: shown.value }] : []
      })
      await note(db, points)
      await rankAgents(
        state,
        agentIds.flatMap((agentId, index) => (worth[index] ?? []).map((each) => ({ agentId, worth: each }))),
      )
      noted += points.length
    }
  }

  const sample = async (): Promise<number> => {
    try {
      return await state.task.run({ task: 'equity' }, sampleAll)
    } catch (error) {
      if (error instanceof LockNotAcquiredError) return 0
      throw error
    }
  }

  const timer = every(clock, SAMPLE_EVERY_MS, () => sample().then(outage.worked, outage.failed))
  return { sample, close: () => timer.cancel() }
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

/** The last value in a minute is the one of the minute. By PostgreSQL's clock: processes may disagree about the time. */
async function note(
  db: Database,
  points: readonly { readonly agentId: string; readonly value: string }[],
): Promise<void> {
  if (points.length === 0) return
  const at = sql`date_trunc('minute', now())`
  await db
    .insert(equity)
    .values(points.map((point) => ({ ...point, at })))
    .onConflictDoUpdate({ target: [equity.agentId, equity.at], set: { value: sql`excluded.value` } })
}
