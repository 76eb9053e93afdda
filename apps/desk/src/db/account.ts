import { sql } from 'drizzle-orm'
import type { Session } from './database.ts'

/**
 * Counts the changes of what a user's agents are and have: a larger number means that there was one. Whatever was done
 * adds to it: what an owner decides grows the agent's version; the beginning and the end of an order change a balance;
 * the steps between, which change none, count while the order is under way. That is less than the 4 of its end, so that
 * nothing takes back what was counted.
 */
export async function countAccountChanges(tx: Session, userId: string): Promise<number> {
  const { rows } = await tx.execute<{ version: string }>(sql`
    SELECT coalesce((SELECT sum(version) FROM agents WHERE user_id = ${userId}), 0)
      + 4 * coalesce((
        SELECT sum(balances.version) FROM balances
        JOIN agents ON agents.id = balances.agent_id WHERE agents.user_id = ${userId}
      ), 0)
      + coalesce((
        SELECT sum(CASE state WHEN 'PREPARED' THEN 0 WHEN 'SUBMITTED' THEN 1 ELSE 2 END) FROM intents
        WHERE user_id = ${userId} AND state IN ('PREPARED', 'SUBMITTED', 'UNKNOWN')
      ), 0) AS version`)
  return Number(rows[0]?.version ?? 0)
}
