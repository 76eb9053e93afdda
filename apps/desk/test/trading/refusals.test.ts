import { eq, sql } from 'drizzle-orm'
import { virtualClock } from 'holdfast/testing'
import { beforeEach, describe, expect, test } from 'vitest'
import { saveAssets } from '../../src/db/assets.ts'
import { agents } from '../../src/db/schema.ts'
import { createBoard } from '../../src/market/board.ts'
import { codeOf, MON, SOL, type Trader, type TradingDesk, useTradingDesks } from './trading-desk.ts'

const desks = useTradingDesks()
let desk: TradingDesk
let trader: Trader

beforeEach(async () => {
  desk = await desks.open()
  await desk.price(SOL, '150')
  trader = await desk.trader()
})

/** The code of the refusal, after which everything must be as it was: key, balances, book. */
async function refused(request: Parameters<TradingDesk['trade']>[1], as: Trader = trader): Promise<unknown> {
  const everything = async () => {
    const tables = [
      'balances',
      'intents',
      'transactions',
      'ledger',
      'positions',
      'holdfast_idempotency',
      'paper_orders',
    ]
    return Promise.all(
      tables.map(async (table) => (await desk.db.execute(sql.raw(`SELECT * FROM ${table} ORDER BY 1`))).rows),
    )
  }
  const before = await everything()
  const refusal = await refusalOf(desk.trade(as, request))
  const { key: _, ...previewed } = request
  const preview = { agentId: as.agentId, ...PLACE, reason: 'manual' as const, ...previewed }
  // A preview says the same, but for what is about the key.
  if (request.key === undefined)
    expect(await refusalOf(desk.trading.preview(as.userId, preview))).toEqual(refusal)
  expect(await everything()).toEqual(before)
  const { code, errors } = refusal
  expect([code, errors?.map(({ field }) => field)]).toEqual([
    code,
    ABOUT_AMOUNT.has(code) ? ['amount'] : undefined,
  ])
  return code
}

const PLACE = { chain: SOL.chain, asset: SOL.asset }
/** What a form shows beside the amount. */
const ABOUT_AMOUNT = new Set([
  'AMOUNT_INVALID',
  'INSUFFICIENT_BALANCE',
  'BALANCE_BELOW_MINIMUM',
  'PURCHASE_LIMIT',
  'PRICE_IMPACT_TOO_HIGH',
])

async function refusalOf(refused: Promise<unknown>) {
  const error = await refused.then(
    () => new Error('it was not refused'),
    (thrown: unknown) => thrown as Error,
  )
  const { code = String(error), errors } = error as { code?: string; errors?: readonly { field: string }[] }
  return { code, message: error.message, errors }
}

describe('amounts', () => {
  test.each([
    ['0'],
    ['0.000000'],
    ['-1'],
    ['-0.5'],
    ['0.0000001'],
    ['1e3'],
    ['1,5'],
    ['.5'],
    ['5.'],
    ['+5'],
    [' 5'],
    [''],
    ['NaN'],
    ['Infinity'],
    ['0x10'],
    ['1000000000000000000.000001'],
    ['9'.repeat(41)],
    ['9'.repeat(200_000)],
  ])('%.30s is no amount to buy for', async (amount) => {
    expect(await refused({ side: 'buy', amount })).toBe('AMOUNT_INVALID')
  })

  test('a number is refused: it may have lost its digits already', async () => {
    expect(await refused({ side: 'buy', amount: 12.5 as unknown as string })).toBe('AMOUNT_INVALID')
  })

  test('a purchase says how much', async () => {
    expect(await refused({ side: 'buy' })).toBe('AMOUNT_INVALID')
  })

  test('zeros at the end of a fraction are no digits that count', async () => {
    expect(await desk.buy(trader, '100.00000000000000')).toMatchObject({ status: 'CONFIRMED' })
  })

  test('more than JavaScript can count is still only more than there is', async () => {
    for (const amount of ['9007199254740993', '10000.000001', '1000000000000000000'])
      expect(await refused({ side: 'buy', amount })).toBe('INSUFFICIENT_BALANCE')
  })

  test('a sale of more than the position has, or of finer than the asset is', async () => {
    await desk.buy(trader, '100')
    expect(await refused({ side: 'sell', amount: '1' })).toBe('INSUFFICIENT_BALANCE')
    expect(await refused({ side: 'sell', amount: '0.0000000001' })).toBe('AMOUNT_INVALID')
    expect(await refused({ side: 'sell', amount: '0' })).toBe('AMOUNT_INVALID')
  })

  test('the message names the field and says what would do', async () => {
    await expect(desk.trade(trader, { side: 'buy', amount: '0.0000001' })).rejects.toMatchObject({
      message: 'amount: has 7 digits after the point, at most 6 are possible.',
      errors: [{ field: 'amount' }],
    })
  })
})

describe('agents', () => {
  test("somebody else's agent, one that is not there, and what is no id", async () => {
    const other = await desk.trader()
    const mixed = { userId: trader.userId, agentId: other.agentId }
    await desk.buy(other, '100')
    expect(await refused({ side: 'buy', amount: '100' }, mixed)).toBe('UNKNOWN_AGENT')
    expect(await refused({ side: 'sell' }, mixed)).toBe('UNKNOWN_AGENT')
    for (const agentId of ['3f2504e0-4f89-11d3-9a0c-0305e82c3301', "'; DROP TABLE agents", ''])
      expect(await refused({ side: 'buy', amount: '100' }, { ...trader, agentId })).toBe('UNKNOWN_AGENT')
    const [theirs] = (await desk.state.openPositions.get(other)) ?? []
    expect(await refused({ side: 'sell', positionId: theirs?.id })).toBe('POSITION_UNKNOWN')
    expect(
      await codeOf(desk.trading.deposit(trader.userId, 'k', { ...mixed, chain: 'solana', amount: '1' })),
    ).toBe('UNKNOWN_AGENT')
  })

  test('a paused agent neither buys nor sells', async () => {
    await desk.buy(trader, '100')
    await desk.db.update(agents).set({ status: 'paused' }).where(eq(agents.id, trader.agentId))
    expect(await refused({ side: 'buy', amount: '100', ...MON })).toBe('NO_PRICE')
    await desk.price(MON, '3')
    expect(await refused({ side: 'buy', amount: '100', ...MON })).toBe('AGENT_PAUSED')
    expect(await refused({ side: 'sell' })).toBe('AGENT_PAUSED')
  })

  test('a config that cannot be read buys nothing, and still sells', async () => {
    await desk.buy(trader, '100')
    await configure({ purchase: 'everything' })
    await desk.price(MON, '3')
    expect(await refused({ side: 'buy', amount: '100', ...MON })).toBe('CONFIG_INVALID')
    expect(await desk.trade(trader, { side: 'sell' })).toMatchObject({ status: 'CONFIRMED' })
  })
})

describe('positions', () => {
  test('one of an asset, unless it is added to on purpose', async () => {
    const { positionId } = await desk.buy(trader, '100')
    expect(await refused({ side: 'buy', amount: '100' })).toBe('POSITION_EXISTS')
    expect(await refused({ side: 'buy', amount: '100', positionId: positionId ?? '' })).toBe(
      'POSITION_EXISTS',
    )
    expect(
      await refused({
        side: 'buy',
        amount: '100',
        reason: 'dca',
        positionId: '3f2504e0-4f89-11d3-9a0c-0305e82c3301',
      }),
    ).toBe('POSITION_UNKNOWN')
  })

  test('nothing to sell, nothing to add to, and what was sold already', async () => {
    expect(await refused({ side: 'sell' })).toBe('POSITION_UNKNOWN')
    expect(await refused({ side: 'sell', positionId: 'no id' })).toBe('POSITION_UNKNOWN')
    expect(await refused({ side: 'buy', amount: '100', reason: 'dca' })).toBe('POSITION_UNKNOWN')
    const { positionId } = await desk.buy(trader, '100')
    await desk.trade(trader, { side: 'sell' })
    expect(await refused({ side: 'sell' })).toBe('POSITION_CLOSED')
    expect(await refused({ side: 'sell', positionId: positionId ?? '' })).toBe('POSITION_CLOSED')
  })

  test('one that has moved on since it was decided on', async () => {
    await desk.buy(trader, '100')
    const [held] = (await desk.state.openPositions.get(trader)) ?? []
    const decided = { positionId: held?.id, expectedVersion: held?.version }
    await desk.trade(trader, { side: 'sell', amount: '0.1' })
    expect(await refused({ side: 'sell', ...decided })).toBe('POSITION_CHANGED')
    expect(await refused({ side: 'buy', amount: '100', reason: 'dca', ...decided })).toBe('POSITION_CHANGED')
    const [now] = (await desk.state.openPositions.get(trader)) ?? []
    const anew = { ...decided, expectedVersion: now?.version }
    expect(await desk.trade(trader, { side: 'buy', amount: '100', reason: 'dca', ...anew })).toMatchObject({
      status: 'CONFIRMED',
    })
    expect(await refused({ side: 'sell', ...anew })).toBe('POSITION_CHANGED')
    expect(await desk.trade(trader, { side: 'sell' })).toMatchObject({ status: 'CONFIRMED' })
    expect(await refused({ side: 'sell', ...anew })).toBe('POSITION_CLOSED')
  })

  test('the position of another asset is not the one that is meant', async () => {
    await desk.price(MON, '3')
    const { positionId } = await desk.buy(trader, '100', MON)
    expect(await refused({ side: 'sell', positionId: positionId ?? '' })).toBe('POSITION_UNKNOWN')
  })

  test('25 at most', async () => {
    const many = await listMore(26)
    for (const asset of many.slice(0, 25)) await desk.buy(trader, '2', asset)
    expect(await refused({ side: 'buy', amount: '2', ...many[25] })).toBe('TOO_MANY_POSITIONS')
  })
})

describe('limits', () => {
  test('of one purchase, and of what must be left', async () => {
    expect(await refused({ side: 'buy', amount: '300.000001' })).toBe('PURCHASE_LIMIT')
    expect(await refused({ side: 'buy', amount: '1.499999' })).toBe('PURCHASE_LIMIT')
    await limit({ minimumBalance: '10000.000001' })
    expect(await refused({ side: 'buy', amount: '100' })).toBe('BALANCE_BELOW_MINIMUM')
  })

  test('a currency without limits buys nothing', async () => {
    const asset = { ...SOL, chain: 'binance', asset: 'XRPXMR', symbol: 'XRP', quote: 'XMR' } as const
    await list(asset)
    await desk.price(asset, '0.01')
    await desk.trading.deposit(trader.userId, 'xmr', { ...trader, chain: 'binance', amount: '5' })
    expect(await refused({ side: 'buy', amount: '1', ...asset })).toBe('PURCHASE_LIMIT')
  })

  test('of the price impact: the message says how much would do, and that much does', async () => {
    await relax()
    await desk.trading.deposit(trader.userId, 'rich', { ...trader, chain: 'solana', amount: '1000000' })
    const refusal = await desk.trade(trader, { side: 'buy', amount: '500000' }).catch((error: Error) => error)
    expect(await refused({ side: 'buy', amount: '500000' })).toBe('PRICE_IMPACT_TOO_HIGH')
    const [, largest = ''] = /At most (\S+) USDC/.exec((refusal as Error).message) ?? []
    expect(Number(largest)).toBeGreaterThan(100_000)
    expect(await desk.trade(trader, { side: 'buy', amount: largest, maxSlippageBps: 10_000 })).toMatchObject({
      status: 'CONFIRMED',
    })
  })
})

describe('prices', () => {
  test('older than 30 s', async () => {
    const clock = virtualClock()
    const board = createBoard(clock)
    const aged = await desks.open({ clock, board })
    await aged.price(SOL, '150')
    await clock.advance(29_000)
    expect(await aged.buy(trader, '100')).toMatchObject({ status: 'CONFIRMED' })
    await clock.advance(2_000)
    await expect(aged.trade(trader, { side: 'sell' })).rejects.toMatchObject({
      code: 'STALE_PRICE',
      message: 'The last price of SOL is 31 s old; trades need one of the last 30 s.',
    })
  })

  test('none at all', async () => {
    expect(await refused({ side: 'buy', amount: '100', ...MON })).toBe('NO_PRICE')
  })
})

describe('assets', () => {
  test('what is not listed, and what is no address', async () => {
    const asset = 'JUPyiwrYJFskUPiHa7hkeR8VUtAeFoSYbKedZNsDvCN'
    expect(await refused({ side: 'buy', amount: '100', asset })).toBe('UNKNOWN_ASSET')
    expect(await refused({ side: 'buy', amount: '100', asset: 'SOL' })).toBe('ADDRESS_INVALID')
    expect(await refused({ side: 'buy', amount: '100', chain: 'tron' })).toBe('CHAIN_UNKNOWN')
  })

  test('two mints that differ only in case are two assets, with a position each', async () => {
    const twin = { ...SOL, asset: SOL.asset.replace('So1', 'so1'), symbol: 'TWIN' }
    await list(twin)
    await desk.price(twin, '0.5')
    await desk.buy(trader, '100')
    await desk.buy(trader, '100', twin)
    const held = (await desk.state.openPositions.get(trader)) ?? []
    expect(new Set(held.map(({ asset }) => asset))).toEqual(new Set([SOL.asset, twin.asset]))
    await desk.trade(trader, { side: 'sell', ...twin })
    expect((await desk.state.openPositions.get(trader))?.map(({ asset }) => asset)).toEqual([SOL.asset])
  })

  test('an EVM address counts in any case', async () => {
    await desk.price(MON, '3')
    await desk.buy(trader, '100', { ...MON, asset: MON.asset.toUpperCase().replace('0X', '0x') })
    expect((await desk.state.openPositions.get(trader))?.[0]?.asset).toBe(MON.asset)
  })
})

test('dust is neither sold for nothing nor thrown away', async () => {
  await desk.buy(trader, '100')
  const [position] = (await desk.state.openPositions.get(trader)) ?? []
  const rest = (Number(position?.amount) * 1e9 - 1).toFixed(0).padStart(10, '0')
  await desk.trade(trader, { side: 'sell', amount: `${rest.slice(0, -9)}.${rest.slice(-9)}` })
  expect(await desk.balances(trader)).toMatchObject({ SOL: '0.000000001' })
  const dust = await desk.trade(trader, { side: 'sell' })
  expect(dust).toMatchObject({ status: 'FAILED', error: { code: 'VENUE_REJECTED' } })
  expect(await desk.balances(trader)).toMatchObject({ SOL: '0.000000001' })
})

describe('keys and money that is put in', () => {
  test('a key is needed, and has an end', async () => {
    expect(await refused({ side: 'buy', amount: '100', key: '' })).toBe('IDEMPOTENCY_KEY_REQUIRED')
    expect(await refused({ side: 'buy', amount: '100', key: 'k'.repeat(201) })).toBe(
      'IDEMPOTENCY_KEY_INVALID',
    )
  })

  test('only into paper agents, only what is money there, only amounts', async () => {
    const deposit = (request: object) =>
      codeOf(
        desk.trading.deposit(trader.userId, `d-${keys++}`, {
          ...trader,
          chain: 'solana',
          amount: '1',
          ...request,
        }),
      )
    expect(await deposit({ amount: '0' })).toBe('AMOUNT_INVALID')
    expect(await deposit({ amount: '0.0000001' })).toBe('AMOUNT_INVALID')
    expect(await deposit({ currency: 'EUR' })).toBe('CURRENCY_UNKNOWN')
    expect(await deposit({ chain: 'tron' })).toBe('CHAIN_UNKNOWN')
    await desk.db.update(agents).set({ mode: 'live' }).where(eq(agents.id, trader.agentId))
    expect(await deposit({})).toBe('PAPER_ONLY')
    expect(await refused({ side: 'buy', amount: '100' })).toBe('INSUFFICIENT_BALANCE')
  })
})

test('what admission refuses is refused before anything is looked at', async () => {
  const admit = async () => Promise.reject(new Error('too many'))
  const codes = await Promise.all([
    desk.trade(trader, { side: 'buy', amount: '100', admit }).catch(String),
    desk.trade(trader, { side: 'buy', amount: '100', admit, ...MON }).catch(String),
  ])
  expect(codes).toEqual(['Error: too many', 'Error: too many'])
})

let keys = 0

async function configure(config: Record<string, unknown>): Promise<void> {
  await desk.db.update(agents).set({ config }).where(eq(agents.id, trader.agentId))
}

const USDC = {
  minimumBalance: '0',
  minPurchase: '0',
  maxPurchase: '300',
  sizes: [{ fromBalance: '0', least: '1', most: '2' }],
}

function limit(limits: Partial<typeof USDC>): Promise<void> {
  return configure({ purchase: { limits: { USDC: { ...USDC, ...limits } } } })
}

/** No limits of the config's own. */
function relax(): Promise<void> {
  return limit({ maxPurchase: '1000000000' })
}

async function list(...more: Parameters<typeof saveAssets>[1]): Promise<void> {
  await saveAssets(desk.db, more)
  await desk.state.assets.delete({})
}

async function listMore(count: number) {
  const more = Array.from({ length: count }, (_, index) => {
    const asset = MON.asset.slice(0, -2) + index.toString(16).padStart(2, '0')
    return { ...MON, asset, symbol: `M${index}` }
  })
  await list(...more)
  for (const asset of more) await desk.price(asset, '1')
  return more
}
