import { sql } from 'drizzle-orm'
import type { Clock } from 'holdfast'
import type { Database } from '../db/database.ts'
import type { Board } from '../market/board.ts'
import type { PriceSource } from '../market/price-source.ts'
import type { Exits } from '../trading/exits/exits.ts'
import type { AlertRule } from './alerts.ts'

/** From here on prices are too old to decide anything: stop losses do not protect. */
const SILENT_AFTER_MS = 30_000
/** A venue that has not said for so long what became of an order is one to call. */
const UNRESOLVED_AFTER_MS = 120_000
const MANY_FAILURES = 3

/** What alerts about trading are made of. */
export interface TradingAlertParts {
  readonly db: Database
  readonly board: Pick<Board, 'silenceMs'>
  readonly source: Pick<PriceSource, 'name'>
  readonly exits: Pick<Exits, 'failing'>
  readonly clock: Clock
}

/** Alerts about what keeps trading from working as its users expect. */
export function tradingAlerts({ db, board, source, exits, clock }: TradingAlertParts): AlertRule[] {
  const startedMs = clock.now()
  return [
    {
      code: 'FEED_SILENT',
      severity: 'critical',
      probe() {
        // A recorded market may be quiet for hours of its own time, and it ends.
        if (source.name === 'replay') return null
        const silenceMs = board.silenceMs() ?? clock.now() - startedMs
        if (silenceMs <= SILENT_AFTER_MS) return null
        return 'No price has come for more than 30 s: nothing is bought or sold on the old ones, stop losses included.'
      },
    },
    {
      code: 'TRADES_UNRESOLVED',
      severity: 'critical',
      async probe() {
        const { rows } = await db.execute<{ count: string }>(sql`
          SELECT count(*) AS count FROM intents
          WHERE state IN ('PREPARED', 'SUBMITTED', 'UNKNOWN')
            AND created_at < now() - make_interval(secs => ${UNRESOLVED_AFTER_MS / 1_000})`)
        const count = Number(rows[0]?.count ?? 0)
        if (count === 0) return null
        return `${count} orders without a known outcome after two minutes: the venue does not say what became of them.`
      },
    },
    {
      code: 'EXITS_FAILING',
      severity: 'critical',
      probe() {
        const stuck = [...exits.failing().values()].filter((failures) => failures >= MANY_FAILURES).length
        if (stuck === 0) return null
        return `${stuck} positions cannot be traded as the rules say, after three attempts and more.`
      },
    },
  ]
}
