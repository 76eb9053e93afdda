import { sql } from 'drizzle-orm'
import { redisStore } from 'holdfast/redis'
import { expect, onTestFinished, test } from 'vitest'
import { eventually } from '../../../../test/servers/eventually.ts'
import { freshRedis } from '../../../../test/servers/redis.ts'
import { startNotifying } from '../../src/trading/notifying.ts'
import { codeOf, SOL, type Trader, type TradingDesk, useTradingDesks } from './trading-desk.ts'

// What a trade tells, by the outbox: if and only if it commits, and once in effect.
const { open } = useTradingDesks()

const statesOf = async ({ state }: TradingDesk, { agentId }: Trader) =>
  (await state.tradeEvents.history({ agentId })).map(({ value }) => value.state)
/** What was handed on is handed on again, as to a store that had lost it. */
const sendAgain = (desk: TradingDesk) =>
  desk.db.execute(sql`UPDATE holdfast_outbox SET batch = NULL, sent_at = NULL WHERE batch > 0`)
const nothingWaits = (desk: TradingDesk) => eventually(async () => (await desk.state.outbox())?.waiting === 0)

test('each step of a trade is told in its order, and what it did to position and money', async () => {
  const desk = await open({ store: redisStore(freshRedis()) })
  await desk.price(SOL, '100')
  const trader = await desk.trader()
  const { agentId } = trader
  const bought = await desk.trade(trader, { side: 'buy', amount: '100', key: 'one' })
  // Neither a repeat nor a refusal has anything to tell.
  await desk.trade(trader, { side: 'buy', amount: '100', key: 'one' })
  expect(await codeOf(desk.buy(trader, '50'))).toBe('POSITION_EXISTS')
  const sold = await desk.trade(trader, { side: 'sell' })
  await nothingWaits(desk)
  await sendAgain(desk)
  await nothingWaits(desk)

  expect(await statesOf(desk, trader)).toEqual([
    'PREPARED',
    'SUBMITTED',
    'CONFIRMED',
    'PREPARED',
    'SUBMITTED',
    'CONFIRMED',
  ])
  const trades = await desk.state.tradeEvents.history({ agentId })
  expect(trades.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6])
  expect(trades.at(-1)?.value).toMatchObject({
    intentId: sold.intentId,
    positionId: bought.positionId,
    transaction: sold.transaction,
  })
  const positions = await desk.state.positionEvents.history({ agentId })
  expect(positions.map(({ value: { id, status, amount } }) => ({ id, status, amount }))).toEqual([
    { id: bought.positionId, status: 'open', amount: bought.transaction?.baseAmount },
    { id: bought.positionId, status: 'closed', amount: '0' },
  ])
  const money = (await desk.state.portfolioEvents.history({ agentId })).map(({ value }) => value)
  expect(money.map(({ type }) => type)).toEqual(['DEPOSIT', 'DEPOSIT', 'BUY', 'SELL'])
  expect(money[0]).toMatchObject({ moved: [{ asset: 'USDC', delta: '10000' }], realised: null })
  expect(money[2]?.moved).toContainEqual({ asset: SOL.asset, delta: bought.transaction?.baseAmount })
  expect(money[3]).toMatchObject({ realised: sold.transaction?.realised, quote: 'USDC' })
})

test('a user is told of an order once, though its job is done twice, and not at all who does not want it', async () => {
  const store = redisStore(freshRedis())
  const [desk, other] = [await open({ store }), await open({ store })]
  await desk.price(SOL, '100')
  const [trader, quiet] = [await desk.trader(), await desk.trader()]
  await desk.state.preferences.update({ userId: quiet.userId }, { 'alerts.fills': false })
  const workers = [startNotifying(desk.state), startNotifying(other.state)]
  onTestFinished(async () => void (await Promise.all(workers.map((worker) => worker.drain()))))
  const { intentId } = await desk.buy(trader, '100')
  const { intentId: quietId } = await desk.buy(quiet, '100')
  const done = (id: string) => eventually(async () => (await desk.state.notify.find(id))?.state === 'done')
  await Promise.all([done(intentId), done(quietId)])

  expect(await desk.state.notify.remove(intentId)).toBe(true)
  await sendAgain(desk)
  await done(intentId)
  await nothingWaits(desk)
  const told = await desk.state.notifications.history({ userId: trader.userId })
  expect(told.map(({ value }) => value)).toEqual([
    {
      kind: 'fill',
      agentId: trader.agentId,
      intentId,
      status: 'CONFIRMED',
      text: expect.stringMatching(/^Bought 0\.\d+ SOL for \S+ USDC\.$/),
    },
  ])
  expect(await desk.state.notifications.history({ userId: quiet.userId })).toEqual([])
  expect((await desk.state.notify.find(quietId))?.result).toEqual({ isTold: false })
  expect((await desk.db.execute(sql`SELECT 1 FROM holdfast_job_effect`)).rows).toHaveLength(1)
})
