import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { expectSoundBooks } from './books.ts'
import { type KillableDesk, TRADED, killableDesk } from './killable-desk.ts'

/** Every step of a trade, and what its key stands for after a process died there and another one has started. */
const STEPS = [
  { step: 'prepared', becomes: 'FAILED', code: 'NEVER_SENT' },
  { step: 'submitted', becomes: 'FAILED', code: 'NEVER_ARRIVED' },
  { step: 'executed', becomes: 'CONFIRMED' },
  { step: 'before-commit', becomes: 'CONFIRMED' },
  { step: 'committed', becomes: 'CONFIRMED' },
  { step: 'begin', becomes: 'nothing' },
] as const

/** Purchases and sales in turn: while a desk waits to die at the one, the other goes through. */
const ALL_POINTS = STEPS.flatMap((step) =>
  (['buy', 'sell'] as const).map((side) => ({
    ...step,
    side,
    at: `${side}.${step.step}`,
    key: `${side}-${step.step}`,
  })),
)

/** What the venue did, by its own books: how often it executed an order. */
export type CountFills = (db: KillableDesk['db'], intentId: string) => Promise<number>

/**
 * A desk is killed at each of these steps of a purchase and a sale (default: all), and started again. Then there is one transaction or none,
 * nothing is reserved, the books are sound, the venue has executed the order as often as it is booked, and the
 * client's key gives the stored result.
 */
export function drill(
  settings: () => Readonly<Record<string, string>>,
  countFills: CountFills,
  steps: readonly string[] = STEPS.map(({ step }) => step),
): void {
  const points = ALL_POINTS.filter(({ step }) => steps.includes(step))
  const after = (at: string) => points[points.findIndex((each) => each.at === at) + 1]?.at
  const desk = killableDesk(settings)
  beforeAll(() => desk.start(points[0]?.at))
  afterAll(() => expectSoundBooks(desk.db))

  test.each(points)(
    'killed at $at: after a restart its order is $becomes, once',
    async (point) => {
      const { side, key, becomes, at } = point
      const order = side === 'buy' ? ({ side, amount: '100' } as const) : ({ side } as const)
      expect(await desk.order(key, order)).toBeNull()
      expect(await desk.ended()).toBe('SIGKILL')

      await desk.start(after(at))
      const intents = await intentsOf(desk, key)
      await expectSoundBooks(desk.db)
      expect(await reserved(desk)).toBe('0')
      await expectApiSaysSo(desk)
      if (becomes === 'nothing') {
        expect(intents).toEqual([])
      } else {
        const [{ id, transactions } = { id: '', transactions: -1 }] = intents
        expect(intents).toEqual([{ id, state: becomes, transactions }])
        expect(transactions).toBe(becomes === 'CONFIRMED' ? 1 : 0)
        expect(await countFills(desk.db, id)).toBe(transactions)
        expect(await desk.order(key, order)).toMatchObject({
          status: 200,
          replayed: true,
          trade: { intentId: id, status: becomes, error: 'code' in point ? { code: point.code } : null },
        })
      }
      await makeReady(desk, side === 'buy' ? 'open' : 'closed', `after-${at}`)
    },
    40_000,
  )
}

/** For the next point: something to sell, or nothing. The desk dies at that point's side, so this side goes through. */
async function makeReady(desk: KillableDesk, wanted: 'open' | 'closed', key: string): Promise<void> {
  const { positions } = await desk.get<{ positions: unknown[] }>(
    `/api/v1/agents/${desk.agentId()}/positions?status=open`,
  )
  if (positions.length > 0 === (wanted === 'open')) return
  const answer = await desk.order(key, wanted === 'open' ? { side: 'buy', amount: '100' } : { side: 'sell' })
  expect(answer?.trade).toMatchObject({ status: 'CONFIRMED' })
}

async function intentsOf(desk: KillableDesk, key: string) {
  const { rows } = await desk.db.execute<{ id: string; state: string; transactions: number }>(sql`
    SELECT intents.id, state, count(transactions.id)::integer AS transactions
    FROM intents LEFT JOIN transactions ON transactions.intent_id = intents.id
    WHERE idempotency_key = ${`trade:${key}`}
    GROUP BY 1, 2`)
  return rows
}

async function reserved(desk: KillableDesk): Promise<string> {
  const { rows } = await desk.db.execute<{ total: string }>(
    'SELECT trim_scale(sum(reserved))::text AS total FROM balances',
  )
  return rows[0]?.total ?? ''
}

/** What the desk tells, from its cache, is what the ledger adds up to. */
async function expectApiSaysSo(desk: KillableDesk): Promise<void> {
  const { balances } = await desk.get<{ balances: { asset: string; chain: string; amount: string }[] }>(
    `/api/v1/agents/${desk.agentId()}/balances`,
  )
  const { rows } = await desk.db.execute<{ asset: string; amount: string }>(sql`
    SELECT ledger.asset, trim_scale(sum(delta))::text AS amount FROM ledger
    JOIN wallets ON wallets.address = ledger.wallet
    WHERE wallets.agent_id = ${desk.agentId()} AND chain = ${TRADED.chain} GROUP BY 1 HAVING sum(delta) > 0`)
  const told = balances.filter(({ chain }) => chain === TRADED.chain)
  const lines = (all: readonly { asset: string; amount: string }[]) =>
    all.map(({ asset, amount }) => `${asset} ${amount}`).toSorted()
  expect(lines(told)).toEqual(lines(rows))
}
