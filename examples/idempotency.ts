import { FinalFailure, idempotency, type Idempotency } from 'holdfast'
import { z } from 'zod'

export const order = idempotency({
  key: 'idempotency:order:{userId}:{key}',
  about: 'An order, under the key that its client chose.',
  value: z.object({ orderId: z.string() }),
  ttl: '24h',
  lease: '10s',
})

/** What runs statements: pg's client, or a Drizzle transaction. */
interface Session {
  query(statement: string, values: unknown[]): Promise<{ rowCount: number | null }>
}

export async function placeOrder(
  orders: Idempotency<{ userId: string; key: string }, { orderId: string }, Session>,
  request: { userId: string; key: string; amount: string },
): Promise<string> {
  const { userId, key, amount } = request
  const { result } = await orders.run(
    { userId, key },
    JSON.stringify([amount]),
    (attempt) =>
      attempt.commit(async (tx) => {
        const { rowCount } = await tx.query(
          'UPDATE accounts SET cash = cash - $1 WHERE user_id = $2 AND cash >= $1',
          [amount, userId],
        )
        if (rowCount === 0) throw new FinalFailure('INSUFFICIENT', 'There is not that much money.')
        return { orderId: key }
      }),
    { wait: '5s' },
  )
  return result.orderId
}
