/** All state of the desk, declared. Each name is a member of what `open` returns. */
export { agent, agentIds } from './agents.ts'
export { task } from './desk.ts'
export { assets, ohlcv, price } from './market.ts'
export { requestLock } from './requests.ts'
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
