/** All state of the desk, declared. Each name is a member of what `open` returns. */
export { failedLogin, lockedOut, login, loginTurn, programTokens, revokedToken } from './accounts.ts'
export { agent, agentIds } from './agents.ts'
export { task } from './desk.ts'
export { notifications, portfolioEvents, positionEvents, tradeEvents } from './events.ts'
export { agentRuns, notify, signalTrades } from './jobs.ts'
export { assets, ohlcv, price } from './market.ts'
export { deskLog, feature, leaders, preferences, venueSites, visitors } from './people.ts'
export { requestLock } from './requests.ts'
export { agentSchedule, reconcileSchedule, symbolSchedule, warmSchedule } from './schedules.ts'
export {
  account,
  autoBuyCooldown,
  balances,
  depositResult,
  exposure,
  openPositions,
  portfolio,
  positionLock,
  tradeRate,
  tradeResult,
  tradeStatus,
} from './trading.ts'
