import { beforeEach, describe, expect, test } from 'vitest'
import { bookOf } from '../../src/trading/portfolio/book.ts'
import { MON, SOL, type TradingDesk, useTradingDesks } from './trading-desk.ts'
import { expectBookedAsExecuted } from './books.ts'

const desks = useTradingDesks()
let desk: TradingDesk

beforeEach(async () => {
  desk = await desks.open()
  await desk.price(SOL, '150')
  await desk.price(MON, '3.25')
})

test('a purchase spends what was asked for to the last digit, and opens a position', async () => {
  const trader = await desk.trader()
  const bought = await desk.buy(trader, '100')
  expect(bought).toMatchObject({ status: 'CONFIRMED', replayed: false, error: null })
  const { baseAmount, quoteAmount, fee } = bought.transaction ?? {}
  expect(Number(quoteAmount) + Number(fee)).toBeCloseTo(100, 9)
  expect(await desk.balances(trader)).toEqual({ USDC: '9900', SOL: baseAmount })
  const [position] = (await desk.state.openPositions.get(trader)) ?? []
  expect(position).toMatchObject({
    id: bought.positionId,
    status: 'open',
    amount: baseAmount,
    bought: baseAmount,
    cost: '100',
    entryPrice: bought.transaction?.price,
    peakPrice: bought.transaction?.price,
    realised: '0',
    version: 1,
    decimals: 9,
    quoteDecimals: 6,
  })
  expect(await desk.state.exposure.get(SOL)).toEqual([position])
  expect(await desk.state.tradeStatus.get(bought)).toMatchObject({
    userId: trader.userId,
    state: 'CONFIRMED',
    transaction: bought.transaction,
  })
  await expectBookedAsExecuted(desk.db)
})

test('a sale brings the money back, closes the position and says what was made real', async () => {
  const trader = await desk.trader()
  await desk.buy(trader, '100')
  await desk.price(SOL, '300')
  const sold = await desk.trade(trader, { side: 'sell' })
  expect(sold).toMatchObject({ status: 'CONFIRMED', transaction: { type: 'SELL' } })
  const balances = await desk.balances(trader)
  expect(Object.keys(balances)).toEqual(['USDC'])
  const gained = Number(balances['USDC']) - 10_000
  expect(gained).toBeGreaterThan(98)
  expect(Number(sold.transaction?.realised)).toBeCloseTo(gained, 9)
  expect(await desk.state.openPositions.get(trader)).toEqual([])
  expect(await desk.state.portfolio.get(trader)).toMatchObject({
    positions: [],
    cash: [{ chain: 'monad' }, { chain: 'solana', deposited: '10000', realised: sold.transaction?.realised }],
  })
})

test('a part can be sold, then the rest: nothing is lost to rounding', async () => {
  const trader = await desk.trader()
  const bought = await desk.buy(trader, '99.999999')
  for (const amount of ['0.000000001', '0.333333333', '0.1']) {
    expect(await desk.trade(trader, { side: 'sell', amount })).toMatchObject({
      status: expect.stringMatching(/CONFIRMED|FAILED/),
    })
  }
  const [left] = (await desk.state.openPositions.get(trader)) ?? []
  expect(left?.id).toBe(bought.positionId)
  await desk.trade(trader, { side: 'sell', positionId: bought.positionId ?? '' })
  expect(await desk.state.openPositions.get(trader)).toEqual([])
  expect(Object.keys(await desk.balances(trader))).toEqual(['USDC'])
})

test('buying more as cost averaging adds to the position, and begins new peaks', async () => {
  const trader = await desk.trader()
  const first = await desk.buy(trader, '100')
  await desk.price(SOL, '75')
  const more = await desk.trade(trader, {
    side: 'buy',
    amount: '100',
    reason: 'dca',
    positionId: first.positionId ?? '',
  })
  expect(more).toMatchObject({ status: 'CONFIRMED', positionId: first.positionId })
  const [position] = (await desk.state.openPositions.get(trader)) ?? []
  expect(position).toMatchObject({ cost: '200', dcaCount: 1, version: 2, peakPrice: more.transaction?.price })
  expect(Number(position?.entryPrice)).toBeCloseTo(100, 0)
  expect(position?.lastDcaAtMs).toBe(Date.parse(more.transaction?.at ?? ''))
})

test('what a sale takes of the rules is noted by its own commit', async () => {
  const trader = await desk.trader()
  await desk.buy(trader, '100')
  await desk.trade(trader, {
    side: 'sell',
    amount: '0.1',
    reason: 'take_profit',
    levels: [1, 0],
    moonbag: true,
  })
  const [position] = (await desk.state.openPositions.get(trader)) ?? []
  expect(position).toMatchObject({ levelsHit: [0, 1], moonbag: true, version: 2 })
})

test('18 digits after the point stay exact', async () => {
  const trader = await desk.trader()
  const bought = await desk.buy(trader, '12.345678', MON)
  expect(await desk.balances(trader, 'monad')).toEqual({
    USDC: '9987.654322',
    MON: bought.transaction?.baseAmount,
  })
  expect(bought.transaction?.baseAmount).toMatch(/^3\.\d{17,18}$/)
})

test('money beyond what JavaScript can count stays exact', async () => {
  const trader = await desk.trader()
  await desk.trading.deposit(trader.userId, 'much', {
    ...trader,
    chain: 'solana',
    amount: '9007199254740993.000001',
  })
  expect(await desk.balances(trader)).toEqual({ USDC: '9007199254750993.000001' })
})

test('the book lists what moved and what did not, the last first, page by page', async () => {
  const trader = await desk.trader()
  await desk.buy(trader, '100')
  const refused = await desk.trade(trader, { side: 'sell', maxSlippageBps: 0 })
  expect(refused).toMatchObject({ status: 'FAILED', transaction: null, error: { code: 'VENUE_REJECTED' } })
  await desk.trade(trader, { side: 'sell' })
  const read = (limit: number, before?: string) => bookOf(desk.db, trader.agentId, { limit, before })
  const book = await read(10)
  expect(book.map(({ type, status }) => `${type} ${status}`)).toEqual([
    'SELL CONFIRMED',
    'SELL FAILED',
    'BUY CONFIRMED',
    'DEPOSIT CONFIRMED',
    'DEPOSIT CONFIRMED',
  ])
  const pages = []
  for (let before = undefined as (typeof book)[number] | undefined; ;) {
    const page = await read(2, before?.id)
    if (page.length === 0) break
    pages.push(...page)
    before = page.at(-1)
  }
  expect(pages).toEqual(book)
})

test('the same orders at the same ticks give the same trades', async () => {
  const run = async () => {
    const trader = await desk.trader()
    const reference = { price: '148.37', seq: 4_711, eventTime: 1_570_752_000_000 }
    const bought = await desk.trade(trader, { side: 'buy', amount: '250', reference })
    const sold = await desk.trade(trader, {
      side: 'sell',
      reference: { ...reference, price: '160.01', seq: 4_712 },
    })
    return [bought, sold].map(({ transaction }) => {
      const { price, baseAmount, quoteAmount, fee, priceImpact, slippageBps, realised, at } =
        transaction ?? {}
      return { price, baseAmount, quoteAmount, fee, priceImpact, slippageBps, realised, at }
    })
  }
  const first = await run()
  expect(await run()).toEqual(first)
  expect(first[0]?.at).toBe('2019-10-11T00:00:00.000Z')
})

describe('a preview', () => {
  test('says what the order does, and reserves nothing', async () => {
    const trader = await desk.trader()
    const order = { ...trader, ...SOL, side: 'buy', amount: '100', reason: 'manual' } as const
    const preview = await desk.trading.preview(trader.userId, order)
    expect(await desk.state.balances.get(trader)).toMatchObject([{ reserved: '0' }, { reserved: '0' }])
    const { transaction } = await desk.trading.trade(trader.userId, 'as previewed', order)
    const { price, baseAmount, quoteAmount, fee, priceImpact, slippageBps, total } = preview
    expect(transaction).toMatchObject({ price, baseAmount, quoteAmount, fee, priceImpact, slippageBps })
    expect(total).toBe('100')
    expect(
      await desk.trading.preview(trader.userId, { ...order, side: 'sell', amount: undefined }),
    ).toMatchObject({ baseAmount })
  })
})

describe('a deposit', () => {
  test('is made once under its key', async () => {
    const trader = await desk.trader()
    const deposit = { ...trader, chain: 'solana', amount: '5.50' }
    const all = await Promise.all(
      Array.from({ length: 10 }, () => desk.trading.deposit(trader.userId, 'once', deposit)),
    )
    expect(all.filter(({ replayed }) => !replayed)).toHaveLength(1)
    expect(new Set(all.map(({ transaction }) => transaction.id)).size).toBe(1)
    expect(all[0]?.transaction).toMatchObject({
      type: 'DEPOSIT',
      quoteAmount: '5.5',
      symbol: 'USDC',
      quote: 'USDC',
    })
    expect(await desk.balances(trader)).toEqual({ USDC: '10005.5' })
  })
})
