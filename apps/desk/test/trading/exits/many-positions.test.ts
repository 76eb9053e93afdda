import { sql } from 'drizzle-orm'
import { systemClock } from 'holdfast'
import { redisStore } from 'holdfast/redis'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freshRedis } from '../../../../../test/servers/redis.ts'
import { saveAssets } from '../../../src/db/assets.ts'
import { type OpenDatabase, openDatabase } from '../../../src/db/database.ts'
import type { Asset } from '../../../src/domain/assets.ts'
import type { Executor } from '../../../src/execution/executor.ts'
import { paperExecutor } from '../../../src/execution/paper/paper-executor.ts'
import { type Board, createBoard } from '../../../src/market/board.ts'
import { createLog } from '../../../src/ops/log.ts'
import { type DeskState, openState } from '../../../src/ops/state.ts'
import { createTrading } from '../../../src/trading/create-trading.ts'
import { createExits, type Exits } from '../../../src/trading/exits/exits.ts'
import { peakStore } from '../../../src/trading/exits/peak-store.ts'
import { useDatabase } from '../../test-desk.ts'

// Many positions at once. `MEASURE=1 npx vitest run many-positions` takes 10,000 of 200 assets and prints times.

const IS_MEASURING = process.env.MEASURE === '1'
const ASSETS = IS_MEASURING ? 200 : 8
const AGENTS = 50
const SALES = IS_MEASURING ? 400 : 8

const database = useDatabase()
const clock = systemClock
let truth: OpenDatabase
let board: Board
let state: DeskState
let executor: Executor
let exits: Exits

const assetOf = (index: number): Asset => ({
  chain: 'binance',
  asset: `M${index}USDC`,
  symbol: `M${index}`,
  name: `Many ${index}`,
  decimals: 8,
  quote: 'USDC',
  priceDecimals: 4,
})
const assets = Array.from({ length: ASSETS }, (_, index) => assetOf(index))

let ticks = 0
/** Milliseconds that holding one tick against all positions of its asset took. */
async function tick({ chain, asset }: Asset, price: string): Promise<number> {
  const received = { chain, asset, price, quantity: null, eventTimeMs: 1_800_000_000_000 + ++ticks }
  const change = { tick: received, price: board.record(received) }
  await state.price.set({ chain, asset }, change.price)
  const startedMs = performance.now()
  await exits.take(change)
  return performance.now() - startedMs
}

beforeAll(async () => {
  truth = await openDatabase(database.url, clock)
  board = createBoard(clock)
  const { db } = truth
  await saveAssets(db, assets)
  state = await openState(redisStore(freshRedis()), { db, board }, clock)
  executor = paperExecutor({ url: database.url, latencyMs: 0, clock })
  const log = createLog('silent', { write: () => undefined })
  const trading = createTrading({ db, state, executor, clock, log })
  exits = createExits({ state, board, trading, storePeaks: peakStore(state), clock, log, pace: 'live' })
  await db.execute(sql`INSERT INTO users (email, password_hash) VALUES ('many@holdfast.example', 'none')`)
  await db.execute(sql`INSERT INTO agents (user_id, name, status)
    SELECT users.id, 'Agent ' || number, 'active' FROM users, generate_series(1, ${AGENTS}::int) number
    WHERE email = 'many@holdfast.example'`)
  await db.execute(sql`INSERT INTO wallets (address, agent_id, chain, kind)
    SELECT 'paper_binance_' || agents.id, agents.id, 'binance', 'paper' FROM agents`)
  await db.execute(sql`INSERT INTO balances (wallet, asset, agent_id, amount)
    SELECT address, asset, agent_id, 10 FROM wallets, assets WHERE assets.chain = 'binance'`)
  await db.execute(sql`INSERT INTO positions (agent_id, wallet, chain, asset, amount, bought, cost, entry_price, peak_price, low_price, opened_at)
    SELECT agent_id, address, 'binance', asset, 10, 10, 1001, 100, 100, 100, now() FROM wallets, assets
    WHERE assets.chain = 'binance'`)
}, 60_000)

afterAll(async () => {
  await exits.close()
  await state.close()
  await executor.close()
  await truth.close()
})

/** How many positions are closed, and how many sales there were. */
async function closed(): Promise<{ positions: number; sales: number }> {
  const { rows } = await truth.db.execute<{ positions: number; sales: number }>(sql`SELECT
    (SELECT count(*)::int FROM positions WHERE status = 'closed') AS positions,
    (SELECT count(*)::int FROM transactions WHERE type = 'SELL') AS sales`)
  return rows[0] as { positions: number; sales: number }
}

function report(what: string, times: readonly number[]): void {
  if (!IS_MEASURING) return
  const sorted = times.toSorted((a, b) => a - b)
  const at = (share: number): string => (sorted[Math.floor(sorted.length * share)] ?? 0).toFixed(3)
  process.stdout.write(`${what}: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, n ${sorted.length}\n`)
}

test(
  'ticks that stay above every stop sell nothing; those below sell each position once',
  { timeout: 240_000 },
  async () => {
    for (const asset of assets) await tick(asset, '100')
    const held: number[] = []
    for (let round = 0; round < (IS_MEASURING ? 20 : 2); round++)
      for (const asset of assets) held.push(await tick(asset, `${100 + (round % 3)}.5`))
    report(`a tick held against ${AGENTS} positions`, held)
    expect(await closed()).toEqual({ positions: 0, sales: 0 })

    // One position at a time: its agent's own stop is above the price, the others' are below.
    const sold: number[] = []
    const { rows: agents } = await truth.db.execute<{ id: string }>(sql`SELECT id FROM agents ORDER BY id`)
    for (let sale = 0; sale < SALES; sale++) {
      const asset = assets[sale % ASSETS] as Asset
      const agentId = agents[Math.floor(sale / ASSETS)]?.id as string
      await truth.db.execute(sql`UPDATE positions SET entry_price = 200, peak_price = 200
        WHERE agent_id = ${agentId} AND asset = ${asset.asset}`)
      await state.exposure.delete(asset)
      await state.exposure.get(asset)
      const startedMs = performance.now()
      await tick(asset, '100')
      while ((await closed()).sales <= sale) await new Promise((resolve) => setTimeout(resolve, 1))
      sold.push(performance.now() - startedMs)
    }
    report('tick to committed sale', sold)
    expect(await closed()).toEqual({ positions: SALES, sales: SALES })
  },
)
