import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { asc, sql } from 'drizzle-orm'
import { systemClock } from 'holdfast'
import { redisStore } from 'holdfast/redis'
import { describe, expect, onTestFinished, test } from 'vitest'
import { freshRedis } from '../../../../../test/servers/redis.ts'
import { intents, transactions } from '../../../src/db/schema.ts'
import * as decimal from '../../../src/domain/decimal.ts'
import { parseReplayOptions } from '../../../src/market/replay/options.ts'
import { replayDump } from '../../../src/market/replay/replay.ts'
import { replayedAsset } from '../../../src/market/replay/symbol.ts'
import { memoryDump } from '../../market/replay/memory-dump.ts'
import { tradesIn, textOf } from '../../ops/recorded-trades.ts'
import { openTestDesk, useDatabase } from '../../test-desk.ts'
import { freshKey } from '../account.ts'

const database = useDatabase()
const HEADER =
  'agg_trade_id,price,quantity,first_trade_id,last_trade_id,transact_time,is_buyer_maker,is_best_match'

/** What of a trade must be the same with each run. */
interface Made {
  readonly type: string
  readonly reason: string
  readonly seq: number
  readonly reference: string
  readonly price: string | null
  readonly baseAmount: string | null
  readonly quoteAmount: string
  readonly fee: string
  readonly realised: string | null
  readonly at: string
}

/** Replays a dump as fast as it goes; an agent buys for 1 ETH at the first tick. What was traded, in order. */
async function run(lines: readonly string[], config: object): Promise<Made[]> {
  const options = parseReplayOptions({ file: 'memory.csv', symbol: 'XRPETH', speed: 'max' })
  const asset = replayedAsset(options.pair)
  const source = await replayDump(memoryDump(lines, 100), options, { clock: systemClock })
  const desk = await openTestDesk({
    database: database.open,
    store: redisStore(freshRedis()),
    assets: [asset],
    source,
    trades: true,
    held: true,
  })
  onTestFinished(() => desk.close())
  const user = await desk.user()
  const send = async (method: 'POST' | 'PATCH', url: string, payload: object) => {
    const headers = { ...user.headers, 'idempotency-key': freshKey() }
    const answer = await desk.app.inject({ method, url, headers, payload })
    expect([url, answer.statusCode < 300, answer.body]).toEqual([url, true, expect.any(String)])
    return answer.json()
  }
  const { id: agentId } = await send('POST', '/api/v1/agents', { name: 'Replayed' })
  await send('POST', `/api/v1/agents/${agentId}/deposits`, { chain: asset.chain, amount: '100' })
  const ETH = { minimumBalance: '0', minPurchase: '0.000001', maxPurchase: '10' }
  await send('PATCH', `/api/v1/agents/${agentId}/config`, { ...config, purchase: { limits: { ETH } } })
  await send('PATCH', `/api/v1/agents/${agentId}`, { status: 'active' })

  const stop = desk.feed.react(async () => {
    stop()
    const order = {
      agentId,
      side: 'buy',
      chain: asset.chain,
      asset: asset.asset,
      amount: '1',
      reason: 'manual',
    } as const
    await desk.trading.trade(user.id, freshKey(), order)
  })
  await desk.begin()
  const rows = await database.open.db
    .select({ transaction: transactions, reference: intents.reference })
    .from(transactions)
    .innerJoin(intents, sql`${intents.id} = ${transactions.intentId}`)
    .where(sql`${transactions.agentId} = ${agentId}`)
    .orderBy(asc(transactions.createdAt))
  return rows.map(({ transaction, reference }) => ({
    type: transaction.type,
    reason: transaction.reason,
    seq: reference.seq,
    reference: reference.price,
    price: transaction.price,
    baseAmount: transaction.baseAmount,
    quoteAmount: transaction.quoteAmount,
    fee: transaction.fee,
    realised: transaction.realised,
    at: transaction.at.toISOString(),
  }))
}

/** The number of the tick that sells what was bought at `entry`: the first at or below the stop, counted from 1. */
function stopTick(lines: readonly string[], entry: string, keep: string): number {
  const stop = decimal.multiply(decimal.parse(entry), decimal.parse(keep), 30, 'half-even')
  const trades = tradesIn([HEADER, ...lines.slice(1)].join('\n'))
  // From the second tick on: at the first one it was bought.
  const index = trades.findIndex(
    ({ price }, at) => at > 0 && decimal.compare(decimal.parse(textOf(price)), stop) <= 0,
  )
  return index + 1
}

/** A market that falls in waves, with pauses and bursts; the same each time. */
function inventFall(count: number): string[] {
  const lines = Array.from({ length: count }, (_, index) => {
    const units = Math.round(150_000 + 1_200 * Math.sin(index / 150) - index + ((index * 7_919) % 41))
    const timeMs = Date.UTC(2019, 9, 11) + Math.floor(index / 4) * 2_500
    return [index, `0.${String(units).padStart(8, '0')}`, '100', index, index, timeMs, 'true', 'true'].join(
      ',',
    )
  })
  return [HEADER, ...lines]
}

// Trailing from 20 % and profit from 50 % are out of reach here; so is what is stale after a year.
const ONE_PERCENT = { stopLoss: { initialPercent: '-1' }, stale: { enabled: false } }

describe('a replay with a stop at 1 %', () => {
  test('sells at the first tick that is through it, once, and a second run gives the same trades', async () => {
    const lines = inventFall(3_000)
    const first = await run(lines, ONE_PERCENT)
    expect(first.map(({ type, reason }) => `${type} ${reason}`)).toEqual(['BUY manual', 'SELL stop_loss'])
    const [bought, sold] = first
    expect(bought?.seq).toBe(1)
    expect(sold?.seq).toBe(stopTick(lines, bought?.price ?? '0', '0.99'))
    expect(sold?.baseAmount).toBe(bought?.baseAmount)
    expect(await run(lines, ONE_PERCENT)).toEqual(first)
  })

  test('with every rule on, a run gives the same trades as the one before', async () => {
    const lines = inventFall(2_000)
    const config = {
      stopLoss: {
        initialPercent: '-3',
        trailFromPercent: '0.2',
        mode: 'fixed',
        fixed: { distancePercent: '0.1' },
      },
      takeProfit: { levels: [{ gainPercent: '0.05', sellPercent: '20' }], moonbag: { enabled: false } },
      dca: {
        template: 'custom',
        levels: [
          { dropPercent: '-1', buyPercent: '50' },
          { dropPercent: '-1.5', buyPercent: '50' },
        ],
      },
      stale: { enabled: true, afterMinutes: 10, minGainPercent: '-0.5', maxGainPercent: '10' },
    }
    const first = await run(lines, config)
    expect(first.length).toBeGreaterThan(2)
    expect(await run(lines, config)).toEqual(first)
  })

  // A dump of real trades, used where one lies beside the repository.
  const REAL = fileURLToPath(
    new URL('../../../../../../shared/data/XRPETH-aggTrades-2019-10-11.csv', import.meta.url),
  )
  test.skipIf(!existsSync(REAL))('of 12,477 real trades', { timeout: 90_000 }, async () => {
    const lines = (await readFile(REAL, 'utf8')).trimEnd().split('\n')
    const first = await run(lines, ONE_PERCENT)
    const [bought, sold, ...more] = first
    expect(more).toEqual([])
    expect(sold?.seq).toBe(stopTick(lines, bought?.price ?? '0', '0.99'))
    expect(await run(lines, ONE_PERCENT)).toEqual(first)
  })
})
