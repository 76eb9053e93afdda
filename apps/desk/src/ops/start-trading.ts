import type { Clock, Random } from 'holdfast'
import type { Logger } from 'pino'
import type { Database } from '../db/database.ts'
import type { Executor } from '../execution/executor.ts'
import type { Board } from '../market/board.ts'
import type { Feed } from '../market/feed.ts'
import { createTrading } from '../trading/create-trading.ts'
import { startEquitySampler } from '../trading/equity/sampler.ts'
import { createExits } from '../trading/exits/exits.ts'
import { peakStore } from '../trading/exits/peak-store.ts'
import { type FanOut, startFanOut } from '../trading/signals/fan-out.ts'
import type { Trading } from '../trading/trading.ts'
import { type AlertRule, type Alerts, startAlerts } from './alerts.ts'
import { startReconciling } from './reconciling.ts'
import type { DeskState } from './state.ts'
import { tradingAlerts } from './trading-alerts.ts'

/** What trading is started on. */
export interface TradingStart {
  readonly db: Database
  readonly state: DeskState
  readonly board: Board
  readonly feed: Feed
  readonly executor: Executor
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  /** No other process trades on this database. */
  readonly isAlone: boolean
  /** What else is to be looked after, besides trading. */
  readonly alertRules?: readonly AlertRule[]
  /** Told how to end what was started, in the order in which it was. */
  readonly onStarted: (end: () => Promise<unknown> | void) => void
}

/** Trading, and all that trades by itself. */
export interface StartedTrading {
  readonly trading: Trading
  readonly fanOut: FanOut
  readonly alerts: Alerts
}

/** What another process needs beyond the executor's deadline to write down what it heard. */
const GRACE_MS = 6_000

/** Starts trading. Orders that were left open are looked after before anything new is traded. */
export async function startTrading(start: TradingStart): Promise<StartedTrading> {
  const { db, state, board, feed, executor, clock, random, log, isAlone, alertRules = [], onStarted } = start
  const trading = createTrading({ db, state, executor, clock, log })
  const askAgainAfterMs = executor.deadlineMs + GRACE_MS
  const reconciling = await startReconciling({ trading, state, clock, log, isAlone, askAgainAfterMs })
  onStarted(() => reconciling.close())

  const pace = feed.source.name === 'replay' ? 'replay' : 'live'
  const exits = createExits({ state, board, trading, storePeaks: peakStore(state), clock, log, pace })
  onStarted(feed.react((change) => exits.take(change)))
  onStarted(() => exits.close())
  const fanOut = startFanOut({ db, state, trading, clock, random, log })
  onStarted(() => fanOut.close())
  const sampler = startEquitySampler(db, state, clock, log)
  onStarted(() => sampler.close())
  const rules = tradingAlerts({ db, board, source: feed.source, exits, clock })
  const alerts = startAlerts([...rules, ...alertRules], clock, log)
  onStarted(() => alerts.close())
  return { trading, fanOut, alerts }
}
