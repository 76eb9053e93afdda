import { sql } from 'drizzle-orm'
import { expect } from 'vitest'
import type { Session } from '../../src/db/database.ts'

/**
 * What must hold of the books at any quiet moment, whatever happened before: said by PostgreSQL alone, with no code
 * of the desk in between.
 */
export async function expectSoundBooks(db: Session): Promise<void> {
  const wrong = async (what: string, query: ReturnType<typeof sql>): Promise<void> => {
    const { rows } = await db.execute(query)
    expect({ what, rows }).toEqual({ what, rows: [] })
  }
  await wrong(
    'a balance is the sum of its ledger lines',
    sql`SELECT wallet, asset, amount, total FROM balances
        FULL JOIN (SELECT wallet, asset, sum(delta) AS total FROM ledger GROUP BY 1, 2) AS lines
        USING (wallet, asset) WHERE amount IS DISTINCT FROM total AND coalesce(amount, 0) <> coalesce(total, 0)`,
  )
  await wrong(
    'what is reserved is what orders under way want to spend',
    sql`SELECT wallet, asset, reserved, wanted FROM balances
        FULL JOIN (
          SELECT wallet, CASE side WHEN 'buy' THEN quote ELSE asset END AS asset, sum(amount) AS wanted
          FROM intents WHERE state IN ('PREPARED', 'SUBMITTED', 'UNKNOWN') GROUP BY 1, 2
        ) AS orders USING (wallet, asset) WHERE coalesce(reserved, 0) <> coalesce(wanted, 0)`,
  )
  await wrong(
    'an order has a transaction exactly when it is confirmed',
    sql`SELECT intents.id, state, count(transactions.id) FROM intents
        LEFT JOIN transactions ON transactions.intent_id = intents.id GROUP BY 1, 2
        HAVING count(transactions.id) <> CASE state WHEN 'CONFIRMED' THEN 1 ELSE 0 END`,
  )
  await wrong(
    'a wallet has of an asset what its open position has',
    sql`SELECT wallet, asset, balances.amount, positions.amount FROM balances
        JOIN wallets ON wallets.address = wallet JOIN assets USING (chain, asset)
        LEFT JOIN positions USING (wallet, asset)
        WHERE coalesce(positions.status, 'open') = 'open' AND balances.amount <> coalesce(positions.amount, 0)
          AND NOT (positions.id IS NULL AND balances.amount = 0)`,
  )
  await wrong(
    'what was made real is what came in, minus what went out, but for the cost of what is held',
    sql`SELECT agent_id, chain, quote, realised, cost, flow FROM (
          SELECT positions.agent_id, positions.chain, quote, sum(realised) AS realised, sum(cost) AS cost
          FROM positions JOIN assets USING (chain, asset) GROUP BY 1, 2, 3
        ) AS held JOIN (
          SELECT agent_id, chain, quote, sum(CASE type WHEN 'SELL' THEN quote_amount - fee ELSE -quote_amount - fee END) AS flow
          FROM transactions WHERE type <> 'DEPOSIT' GROUP BY 1, 2, 3
        ) AS flows USING (agent_id, chain, quote) WHERE realised - cost <> flow`,
  )
  await wrong(
    'a transaction of a sale says what its position made real',
    sql`SELECT positions.id, realised, total FROM positions JOIN (
          SELECT position_id, sum(realised) AS total FROM transactions WHERE type = 'SELL' GROUP BY 1
        ) AS sales ON position_id = positions.id WHERE realised <> total`,
  )
}

/** What the paper venue executed without the desk having booked it, or the other way round. */
export async function expectBookedAsExecuted(db: Session): Promise<void> {
  const { rows } = await db.execute(sql`
    SELECT client_order_id, paper_orders.state, transactions.id FROM paper_orders
    FULL JOIN transactions ON intent_id::text = client_order_id
    WHERE (coalesce(state, '') = 'filled') <> (transactions.id IS NOT NULL)
      AND coalesce(transactions.type, '') <> 'DEPOSIT'`)
  expect(rows).toEqual([])
}

/** A key without a stored result stands for an order that is under way. */
export async function expectKeysAnswered(db: Session): Promise<void> {
  const { rows } = await db.execute(sql`
    SELECT key FROM holdfast_idempotency WHERE payload IS NULL AND key NOT IN (
      SELECT 'idempotency:trade:' || user_id || ':' || idempotency_key
      FROM intents WHERE state IN ('PREPARED', 'SUBMITTED', 'UNKNOWN')
    )`)
  expect(rows).toEqual([])
}
