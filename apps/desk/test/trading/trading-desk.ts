import { eq } from 'drizzle-orm'
import { type Clock, memoryStore, type StoreFactory, systemClock } from 'holdfast'
import { afterEach } from 'vitest'
import { createAgent } from '../../src/db/agents.ts'
import { saveAssets } from '../../src/db/assets.ts'
import { type OpenDatabase, openDatabase } from '../../src/db/database.ts'
import { agents } from '../../src/db/schema.ts'
import { createUser } from '../../src/db/users.ts'
import type { Asset } from '../../src/domain/assets.ts'
import type { Executor } from '../../src/execution/executor.ts'
import { paperExecutor } from '../../src/execution/paper/paper-executor.ts'
import { type Board, createBoard } from '../../src/market/board.ts'
import { createLog } from '../../src/ops/log.ts'
import { type DeskState, openState } from '../../src/ops/state.ts'
import { createTrading } from '../../src/trading/create-trading.ts'
import type { Traded, TradeOptions, TradeRequest, Trading } from '../../src/trading/trading.ts'
import { MON, SOL, useDatabase } from '../test-desk.ts'
import { expectKeysAnswered, expectSoundBooks } from './books.ts'

export { MON, SOL }

/** A user with one active agent that has 10,000 USDC on Solana and on Monad. */
export interface Trader {
  readonly userId: string
  readonly agentId: string
}

/** Trading without HTTP: what one process of the desk has. */
export interface TradingDesk {
  readonly trading: Trading
  readonly state: DeskState
  readonly db: OpenDatabase['db']
  readonly logged: string[]
  /** The last price of an asset. */
  price(asset: Asset, price: string): Promise<void>
  trader(config?: Record<string, unknown>): Promise<Trader>
  /** Trades under a new key, unless one is given. */
  trade(
    trader: Trader,
    request: Pick<TradeRequest, 'side'> &
      Partial<TradeRequest> & { readonly key?: string; readonly admit?: TradeOptions['admit'] },
  ): Promise<Traded>
  buy(trader: Trader, amount: string, asset?: Asset): Promise<Traded>
  /** Amounts by symbol, without those that are nothing. */
  balances(trader: Trader, chain?: string): Promise<Record<string, string>>
  close(): Promise<void>
}

/** What a desk is made of where a test says so. */
export interface TradingDeskOptions {
  readonly store?: StoreFactory
  readonly executor?: Executor
  readonly clock?: Clock
  readonly board?: Board
  /** What trading gets in the place of its state. */
  readonly wrap?: (state: DeskState) => DeskState
}

/** Desks on one database, for the tests of one file. After each test the books are looked at, and desks closed. */
export function useTradingDesks(): {
  readonly database: ReturnType<typeof useDatabase>
  readonly open: (options?: TradingDeskOptions) => Promise<TradingDesk>
} {
  const database = useDatabase()
  const desks: TradingDesk[] = []
  afterEach(async () => {
    for (const desk of desks.splice(0)) await desk.close()
    await expectSoundBooks(database.open.db)
    await expectKeysAnswered(database.open.db)
  })
  return {
    database,
    async open(options) {
      const desk = await openTradingDesk(database.url, options)
      desks.push(desk)
      return desk
    },
  }
}

let names = 0

async function openTradingDesk(url: string, options: TradingDeskOptions = {}): Promise<TradingDesk> {
  const { clock = systemClock, store = memoryStore(), board = createBoard(clock) } = options
  const executor = options.executor ?? paperExecutor({ url, latencyMs: 0, clock })
  const database = await openDatabase(url, systemClock)
  const { db } = database
  await saveAssets(db, [SOL, MON])
  const state = await openState(store, { db, board }, clock)
  await state.assets.delete({})
  const logged: string[] = []
  const log = createLog('trace', { write: (line) => void logged.push(line) })
  const trading = createTrading({ db, state: options.wrap?.(state) ?? state, executor, clock, log })
  let ticks = 0
  const desk: TradingDesk = {
    trading,
    state,
    db,
    logged,
    async price({ chain, asset }, price) {
      const tick = { chain, asset, price, quantity: null, eventTimeMs: 1_700_000_000_000 + ++ticks }
      await state.price.set({ chain, asset }, board.record(tick))
    },
    async trader(config = {}) {
      const user = await createUser(db, `trader-${process.pid}-${names++}@holdfast.example`, 'no password')
      if (!user) throw new Error('the address is taken')
      const { id: agentId } = await createAgent(db, user.id, { name: 'Trader', status: 'active' })
      await db.update(agents).set({ config }).where(eq(agents.id, agentId))
      for (const chain of ['solana', 'monad'])
        await trading.deposit(user.id, `start-${chain}`, { agentId, chain, amount: '10000' })
      return { userId: user.id, agentId }
    },
    trade({ userId, agentId }, { key = `key-${names++}`, admit, ...request }) {
      const { chain, asset } = SOL
      return trading.trade(
        userId,
        key,
        { agentId, chain, asset, reason: 'manual', ...request },
        admit ? { admit } : {},
      )
    },
    buy: (trader, amount, { chain, asset } = SOL) =>
      desk.trade(trader, { side: 'buy', chain, asset, amount }),
    async balances({ agentId }, chain = 'solana') {
      const balances = (await state.balances.get({ agentId })) ?? []
      return Object.fromEntries(
        balances.filter((each) => each.chain === chain).map(({ symbol, amount }) => [symbol, amount]),
      )
    },
    async close() {
      await state.close()
      await executor.close()
      await database.close()
    },
  }
  return desk
}

/** The code of a refusal. */
export async function codeOf(refused: Promise<unknown>): Promise<unknown> {
  return refused.then(
    () => 'it was not refused',
    (error: unknown) => (error as { code?: unknown }).code ?? error,
  )
}
