import { type Clock, memoryStore, type Random, type StoreFactory, systemClock, systemRandom } from 'holdfast'
import { collect } from 'holdfast/observe'
import { afterAll, beforeAll } from 'vitest'
import { type FreshDatabase, freshDatabase } from '../../../test/servers/postgres.ts'
import { saveAssets } from '../src/db/assets.ts'
import { openDatabase, type OpenDatabase } from '../src/db/database.ts'
import { migrate } from '../src/db/migrate.ts'
import { createUser } from '../src/db/users.ts'
import type { Asset } from '../src/domain/assets.ts'
import type { Executor } from '../src/execution/executor.ts'
import { paperExecutor } from '../src/execution/paper/paper-executor.ts'
import type { App } from '../src/http/app.ts'
import type { Check } from '../src/http/health.ts'
import { buildServer } from '../src/http/server.ts'
import { type Board, createBoard } from '../src/market/board.ts'
import { createFeed, type Feed } from '../src/market/feed.ts'
import { createInsight } from '../src/ops/insight.ts'
import { createSharedView } from '../src/ops/shared-view.ts'
import { createLog } from '../src/ops/log.ts'
import { type StartedTrading, startTrading } from '../src/ops/start-trading.ts'
import { startWork } from '../src/ops/start-work.ts'
import { type DeskState, openState } from '../src/ops/state.ts'
import { createTrading } from '../src/trading/create-trading.ts'
import { signToken } from './jwt.ts'
import type { PriceSource } from '../src/market/price-source.ts'
import { type ManualSource, manualSource } from './market/manual-source.ts'

/** Where databases are: their paper executors keep books of their own there. */
const urls = new WeakMap<OpenDatabase, string>()

/** A migrated database for the tests of one file. */
export function useDatabase(): { readonly url: string; readonly open: OpenDatabase } {
  let fresh: FreshDatabase | undefined
  let open: OpenDatabase | undefined
  beforeAll(async () => {
    fresh = await freshDatabase()
    await migrate(fresh.url)
    open = await openDatabase(fresh.url, systemClock)
    urls.set(open, fresh.url)
  })
  afterAll(async () => {
    await open?.close()
    await fresh?.drop()
  })
  const there = <Thing>(thing: Thing | undefined): Thing => {
    if (thing === undefined) throw new Error('the database is there inside of tests only')
    return thing
  }
  return {
    get url() {
      return there(fresh).url
    },
    get open() {
      return there(open)
    },
  }
}

export const SECRET = 'a secret for tests, of 32 characters or more'

export const SOL: Asset = {
  chain: 'solana',
  asset: 'So11111111111111111111111111111111111111112',
  symbol: 'SOL',
  name: 'Wrapped SOL',
  decimals: 9,
  quote: 'USDC',
  priceDecimals: 4,
}
export const MON: Asset = {
  chain: 'monad',
  asset: '0x760afe86e5de5fa0ee542fc7b7b713e1c5425701',
  symbol: 'MON',
  name: 'Wrapped Monad',
  decimals: 18,
  quote: 'USDC',
  priceDecimals: 5,
}

/** A user with the token of a program, made without the cost of a password. */
export interface TestUser {
  readonly id: string
  readonly email: string
  readonly headers: { readonly authorization: string }
  readonly token: string
}

/** All of a desk but its processes: what `startDesk` wires, on stand-ins where a test wants them. */
export interface TestDesk extends StartedTrading {
  readonly app: App
  readonly state: DeskState
  readonly board: Board
  readonly feed: Feed
  readonly source: ManualSource
  readonly database: OpenDatabase
  /** Runs the feed to its end. For desks that are `held`. */
  begin(): Promise<void>
  /** Lines of the log, parsed. */
  readonly logged: { readonly msg?: string; readonly level: number; readonly [field: string]: unknown }[]
  user(email?: string): Promise<TestUser>
  close(): Promise<void>
}

export interface TestDeskOptions {
  readonly database: OpenDatabase
  readonly clock?: Clock
  readonly store?: StoreFactory
  readonly assets?: readonly Asset[]
  readonly checks?: readonly Check[]
  readonly dashboard?: string
  /** Default: paper, at once. */
  readonly executor?: Executor
  readonly random?: Random
  /** Also what trades by itself: exits, signals, reconciliation. Their timers go by the clock of the desk. */
  readonly trades?: boolean
  readonly tradesPerMinute?: number
  /** Default: a market that trades when the test says so. */
  readonly source?: PriceSource
  /** The feed runs when the test calls `begin`. */
  readonly held?: boolean
  /** Another desk's: two servers in one process share what the feed knows. */
  readonly board?: Board
}

const NO_SIGNALS: TestDesk['fanOut'] = {
  accept: () => Promise.reject(new Error('open the desk with `trades` to have it take signals')),
}
const NO_ALERTS: TestDesk['alerts'] = {
  current: () => [],
  check: async () => undefined,
  close: () => undefined,
}

let users = 0

export async function openTestDesk(options: TestDeskOptions): Promise<TestDesk> {
  const { database, clock = systemClock, store = memoryStore(), checks = [], assets = [SOL, MON] } = options
  const { db } = database
  const logged: TestDesk['logged'] = []
  const log = createLog('trace', { write: (line) => logged.push(JSON.parse(line)) })
  const board = options.board ?? createBoard(clock)
  const state = await openState(store, { db, board }, clock)
  await saveAssets(db, assets)
  const manual = manualSource('simulator', assets)
  const source = options.source ?? manual
  const feed = createFeed(source, board, state, log)
  const executor = options.executor ?? paperExecutor({ url: urlOf(database), latencyMs: 0, clock })
  const random = options.random ?? systemRandom
  const endings: (() => Promise<unknown> | void)[] = [() => executor.close()]
  const parts = { db, state, board, feed, executor, clock, random, log }
  const onStarted = (end: () => Promise<unknown> | void): void => void endings.push(end)
  if (options.trades) await startWork({ ...parts, isAlone: false, onStarted })
  const started = options.trades
    ? startTrading({ ...parts, onStarted })
    : { trading: createTrading(parts), fanOut: NO_SIGNALS, alerts: NO_ALERTS }
  const collector = collect(state, clock)
  const insight = createInsight({
    version: '1.2.3',
    mode: { priceSource: 'simulator', store: 'memory', database: 'external', execution: 'paper' },
    demo: null,
    source,
    collector,
    shared: createSharedView(state, clock),
    alerts: started.alerts,
    clock,
  })
  const app = await buildServer({
    db,
    state,
    board,
    feed,
    trading: started.trading,
    fanOut: started.fanOut,
    insight,
    clock,
    random,
    log,
    checks,
    tradesPerMinute: options.tradesPerMinute ?? 10,
    isLocal: true,
    version: '1.2.3',
    auth: { secret: SECRET, ttlSeconds: 3_600 },
    dashboard: options.dashboard ?? '/nowhere',
  })
  const stopFeed = new AbortController()
  let fed = Promise.resolve()
  const begin = (): Promise<void> => (fed = feed.run(stopFeed.signal))
  if (!options.held) void begin()
  let closed: Promise<void> | undefined
  const close = async (): Promise<void> => {
    stopFeed.abort()
    await fed
    await app.close()
    for (const end of endings.toReversed()) await end()
    collector.close()
    await state.close()
  }
  return {
    ...started,
    app,
    state,
    board,
    feed,
    begin,
    source: manual,
    database,
    logged,
    async user(email = `user-${process.pid}-${users++}@holdfast.example`) {
      const user = await createUser(db, email, 'no password')
      if (!user) throw new Error(`${email} is taken`)
      const seconds = Math.floor(clock.wall() / 1_000)
      const token = signToken(
        { sub: user.id, email, jti: 'of the tests', iat: seconds, exp: seconds + 3_600 },
        SECRET,
      )
      return { ...user, token, headers: { authorization: `Bearer ${token}` } }
    },
    close: () => (closed ??= close()),
  }
}

/** A database that was not made by `useDatabase` has no book: orders there are never answered. */
function urlOf(database: OpenDatabase): string {
  return urls.get(database) ?? 'postgresql://127.0.0.1:1/nowhere'
}
