import { sql } from 'drizzle-orm'
import { openPositions } from '../../keyspaces/trading.ts'
import type { DeskState } from '../../ops/state.ts'
import type { MovedPeaks } from './watchlist.ts'

/** Stores peaks. Answers which of them it could store. */
export type StorePeaks = (moved: readonly MovedPeaks[]) => Promise<readonly MovedPeaks[]>

const MOST_AT_ONCE = 500

/**
 * Stores peaks in PostgreSQL. A row whose peak is higher already keeps it; one that has another version by now, or
 * that a trade is changing at this moment, is left out.
 */
export function peakStore(state: Pick<DeskState, 'write'>): StorePeaks {
  return (moved) => {
    const some = moved.slice(0, MOST_AT_ONCE)
    const rows = some.map(
      ({ positionId, version, peakPrice, lowPrice }) =>
        sql`(${positionId}::uuid, ${version}::bigint, ${peakPrice}::numeric, ${lowPrice}::numeric)`,
    )
    return state.write(async (tx, changes) => {
      const { rows: stored } = await tx.execute<{ id: string; agent_id: string }>(sql`
        WITH moved (id, version, peak, low) AS (VALUES ${sql.join(rows, sql`, `)}),
        held AS (
          SELECT positions.id, moved.peak, moved.low
          FROM positions JOIN moved USING (id, version)
          WHERE positions.status = 'open'
          ORDER BY positions.id
          FOR UPDATE OF positions SKIP LOCKED
        )
        UPDATE positions
        SET peak_price = greatest(peak_price, held.peak), low_price = least(low_price, held.low)
        FROM held
        WHERE positions.id = held.id
        RETURNING positions.id, positions.agent_id`)
      for (const agentId of new Set(stored.map(({ agent_id }) => agent_id)))
        changes.touch(openPositions, { agentId })
      const ids = new Set(stored.map(({ id }) => id))
      return some.filter(({ positionId }) => ids.has(positionId))
    })
  }
}
