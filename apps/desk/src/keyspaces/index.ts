/** All state of the desk, declared. Each name is a member of what `open` returns. */
export { agent, agentIds } from './agents.ts'
export { task } from './desk.ts'
export { assets, ohlcv, price } from './market.ts'
