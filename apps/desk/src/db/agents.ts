import { and, asc, eq, gt, inArray, sql } from 'drizzle-orm'
import type { Agent } from '../domain/agent.ts'
import { DeskError } from '../domain/desk-error.ts'
import type { Database, Session } from './database.ts'
import { agents, users } from './schema.ts'

/** Agents of one user. */
export const MOST_AGENTS = 100

/** What its owner decides of an agent. */
export interface AgentChange {
  readonly name?: string | undefined
  readonly status?: Agent['status'] | undefined
  readonly strategy?: string | undefined
}

/**
 * Makes a paper agent. It is paused until its owner says otherwise.
 *
 * @throws DeskError UNAUTHENTICATED when the user is gone, TOO_MANY_AGENTS
 */
export async function createAgent(
  db: Database,
  userId: string,
  { name, strategy, status }: AgentChange & { readonly name: string },
): Promise<Agent> {
  const values = {
    userId,
    name,
    ...(strategy !== undefined && { strategy }),
    ...(status !== undefined && { status }),
  }
  return db.transaction(async (tx) => {
    // The owner's row is held, so that two requests at once cannot both be the last that is allowed.
    const [owner] = await tx.select({ id: users.id }).from(users).where(eq(users.id, userId)).for('update')
    if (!owner) throw new DeskError('UNAUTHENTICATED', 'This account does not exist any more.')
    if ((await tx.$count(agents, eq(agents.userId, userId))) >= MOST_AGENTS) {
      throw new DeskError('TOO_MANY_AGENTS', `An account has at most ${MOST_AGENTS} agents.`)
    }
    const [row] = await tx.insert(agents).values(values).returning()
    if (!row) throw new Error('INSERT … RETURNING returned no row')
    return toAgent(row)
  })
}

/** Changes an agent of this user; null when the user has no such agent. */
export async function changeAgent(
  db: Database,
  userId: string,
  id: string,
  change: AgentChange,
): Promise<Agent | null> {
  const set = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined))
  const mine = and(eq(agents.id, id), eq(agents.userId, userId))
  const rows =
    Object.keys(set).length === 0
      ? await db.select().from(agents).where(mine)
      : await db
          .update(agents)
          .set({ ...set, ...changed })
          .where(mine)
          .returning()
  return rows[0] ? toAgent(rows[0]) : null
}

/** Sets the config of an agent that was locked in this transaction. */
export async function setConfig(tx: Session, agentId: string, config: Agent['config']): Promise<void> {
  await tx
    .update(agents)
    .set({ config, ...changed })
    .where(eq(agents.id, agentId))
}

/** An agent of this user as its row says, held until the end of the transaction; or null. */
export async function lockAgent(
  tx: Session,
  agentId: string,
  userId?: string,
): Promise<Pick<Agent, 'id' | 'userId' | 'mode' | 'status' | 'config'> | null> {
  const [row] = await tx
    .select()
    .from(agents)
    .where(and(eq(agents.id, agentId), userId === undefined ? undefined : eq(agents.userId, userId)))
    // Rows that refer to it may be written meanwhile.
    .for('no key update')
  return row ? toAgent(row) : null
}

/** The agents with these ids, in their order; null for an unknown one. */
export async function findAgents(db: Session, ids: readonly string[]): Promise<(Agent | null)[]> {
  const rows = await db
    .select()
    .from(agents)
    .where(inArray(agents.id, [...ids]))
  const known = new Map(rows.map((row) => [row.id, toAgent(row)]))
  return ids.map((id) => known.get(id) ?? null)
}

/** Ids of a user's agents, the oldest first. */
export async function listAgentIds(db: Database, userId: string): Promise<string[]> {
  const rows = await db
    .select({ id: agents.id })
    .from(agents)
    .where(eq(agents.userId, userId))
    .orderBy(asc(agents.createdAt), asc(agents.id))
  return rows.map(({ id }) => id)
}

/** Ids of agents that trade, of everybody, after the id `after` (empty: from the first), in order. */
export async function activeAgents(db: Database, after: string, limit: number): Promise<string[]> {
  const isActive = eq(agents.status, 'active')
  const rows = await db
    .select({ id: agents.id })
    .from(agents)
    .where(after === '' ? isActive : and(isActive, gt(agents.id, after)))
    .orderBy(asc(agents.id))
    .limit(limit)
  return rows.map(({ id }) => id)
}

const changed = { version: sql`${agents.version} + 1` }

function toAgent(row: typeof agents.$inferSelect): Agent {
  const { id, userId, name, mode, status, strategy, createdAt } = row
  // Written as an object only; should it ever be something else, the keyspace's schema refuses it.
  const config = row.config as Agent['config']
  return { id, userId, name, mode, status, strategy, config, createdAt: createdAt.toISOString() }
}
