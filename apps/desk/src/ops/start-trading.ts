import type { Clock, Random } from 'holdfast'
import type { Logger } from 'pino'
import type { Database } from '../db/database.ts'
import type { Executor } from '../execution/executor.ts'
import type { Board } from '../market/board.ts'
import type { Feed } from '../market/feed.ts'
import { createTrading } from '../trading/create-trading.ts'
import { createExits } from '../trading/exits/exits.ts'
import { peakStore } from '../trading/exits/peak-store.ts'
import { createFanOut, type FanOut } from '../trading/signals/fan-out.ts'
import type { Trading } from '../trading/trading.ts'
import { type AlertRule, type Alerts, startAlerts } from './alerts.ts'
import { messagingAlerts } from './messaging-alerts.ts'
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
  /** What else is to be looked after, besides trading. */
  readonly alertRules?: readonly AlertRule[]
  /** Told how to end what was started, in the order in which it was. */
  readonly onStarted: (end: () => Promise<unknown> | void) => void
}

/** Trading, and what of it goes with the prices and the API. */
export interface StartedTrading {
  readonly trading: Trading
  readonly fanOut: FanOut
  readonly alerts: Alerts
}

/** Starts trading in a process that has the prices. */
export function startTrading(start: TradingStart): StartedTrading {
  const { db, state, board, feed, executor, clock, log, alertRules = [], onStarted } = start
  const trading = createTrading({ db, state, executor, clock, log })
  const pace = feed.source.name === 'replay' ? 'replay' : 'live'
  const exits = createExits({ state, board, trading, storePeaks: peakStore(state), clock, log, pace })
  onStarted(feed.react((change) => exits.take(change)))
  onStarted(() => exits.close())
  const rules = [
    ...tradingAlerts({ db, board, source: feed.source, exits, clock }),
    ...messagingAlerts(state),
    ...alertRules,
  ]
  const alerts = startAlerts(rules, clock, log)
  onStarted(() => alerts.close())
  return { trading, fanOut: createFanOut(state), alerts }
}
